"""What can be wrong with a decision of the governors before the ledger is asked."""

from salus.kernel.errors import SalusError


class UnknownAction(SalusError):
    """{action} is nothing that governors decide."""

    hint = "Choose among {known}."
    status = 422


class ActionUnclear(SalusError):
    """The decision does not say all of what is to be decided."""

    hint = "It needs {needed}."
    status = 422


class UnknownRole(SalusError):
    """{role} is no role of an organization."""

    hint = "Choose among {known}."
    status = 422


class GovernorUnnamed(SalusError):
    """It is not said which governor signs."""

    hint = "Name one that lives in this home with `--as`: {known}."
    status = 422


class NoSuchProposal(SalusError):
    """No proposal begins with {proposal}, or several do."""

    hint = "List the proposals with `salus governance list`."
    status = 404


class AlreadyHere(SalusError):
    """A party named {name} lives in this home already."""

    hint = "Choose another name."
    status = 409


class NotAName(SalusError):
    """{name} cannot be the name of a party."""

    hint = "Take lower-case letters and digits, at most 40."
    status = 422


class NotAdmitted(SalusError):
    """{name} is no member of the consortium yet."""

    hint = "Let the governors admit it first; `salus governance list` shows how far they are."
    status = 409
