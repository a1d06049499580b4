"""What can go wrong when somebody says how to be reached."""

from salus.kernel.errors import SalusError


class MailCodeWrong(SalusError):
    """That is not the number that was mailed to you."""

    hint = "After five tries, save the address again; a new number is mailed."
    status = 422


class NotAnAddress(SalusError):
    """That is no mail address."""

    hint = "It looks like name@example.org."
    status = 422
