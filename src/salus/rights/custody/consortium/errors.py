"""What can go wrong when a consortium is founded."""

from salus.kernel.errors import SalusError


class BadOrganizations(SalusError):
    """These organizations do not make a consortium: {reason}."""

    hint = "Correct the file of organizations; docs/how-to/run-custodians-apart.md shows one."
    status = 422


class NoPublicFiles(SalusError):
    """The public files of a consortium are not whole in {folder}; missing: {missing}."""

    hint = "Copy them there from the home of a member, and name the folder with `--from`."
    status = 404


class BadPlace(SalusError):
    """This is no address at which others can reach a program."""

    hint = "Give one such as https://127.0.0.1:9101, with a port and nothing after it."
    status = 422


class BadIntroduction(SalusError):
    """The file {file} does not introduce anybody to this network."""

    hint = "Ask the newcomer for the file that `salus consortium introduce` wrote."


class NotItsKey(SalusError):
    """The introduction of {name} is not signed with a key that the ledger knows as its own."""

    hint = "Ask the newcomer, by another way than the file came, whether it is theirs."
    status = 403


class SealingDiffers(SalusError):
    """The ledger names no key to be sealed to for {name}, or another one than its introduction."""

    hint = "Let it say so on the ledger with `salus governance join`, then try again."
    status = 409


class IntroductionOld(SalusError):
    """The introduction of {name} is older than what is known of it."""

    hint = "Nothing is to be done, unless somebody gave you an old file in place of a new one."
    status = 409


class NameTaken(SalusError):
    """Another party is called {name} here, or nobody may be."""

    hint = "Choose another name, and introduce the party by that one."
    status = 409


class OtherName(SalusError):
    """The organization that is introduced as {name} is known here as {known}."""

    hint = "A member keeps its name: others have written it down."
    status = 409


class PlaceTaken(SalusError):
    """{other} answers at {place} already."""

    hint = "Choose another address for the newcomer."
    status = 409


class KeyShared(SalusError):
    """The introduction of {name} has a key of {other}."""

    hint = "Each member has keys of its own: let the newcomer make a home that is new."
    status = 409
