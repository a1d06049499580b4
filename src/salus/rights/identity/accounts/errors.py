"""What can go wrong with an account. None of these says whether a name is known."""

from salus.kernel.errors import SalusError


class WrongSignIn(SalusError):
    """Name, password or code is not right."""

    hint = "After five tries the account is closed for 15 minutes. The recovery code still works."
    status = 422


class NameTaken(SalusError):
    """This name cannot be had."""

    hint = "Choose another one. Only you see it; it need not be your own name."
    status = 422


class WeakPassword(SalusError):
    """This password is too easy to guess: {reason}."""

    hint = "Three or four words that have nothing to do with one another are good and easy to keep."
    status = 422


class CodeNeeded(SalusError):
    """The six digits of your authenticator are needed as well."""

    hint = "Type the number that your authenticator shows now, or one of your spare codes."
    status = 422


class InvitationUnknown(SalusError):
    """This invitation does not work."""

    hint = "It works once, and for 30 days. Ask the hospital for another one."
    status = 422


class OwnAuthenticator(SalusError):
    """Nobody takes off the own authenticator in this way."""

    hint = "Replace it in the settings, with its digits or a spare code; or ask a colleague."
    status = 409


class LastAdministrator(SalusError):
    """An organization keeps at least one administrator."""

    hint = "Give the role to somebody else first."
    status = 409


class UnknownAccount(SalusError):
    """There is no account {name} in this home."""

    hint = "See `salus account list`."
    status = 404
