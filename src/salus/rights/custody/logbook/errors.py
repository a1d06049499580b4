"""What can go wrong with the logs of keepers."""

from salus.kernel.errors import SalusError


class NoSuchLog(SalusError):
    """The log never had {second} releases, or {first} is not before that."""

    hint = "Give two receipts of one keeper, in any order."
    status = 404


class LogForked(SalusError):
    """The log of {name} is not the one that had {size} releases before."""

    hint = "Keep both receipts and show them to the other members: {name} changed its log."
    status = 409


class NotOneKeeper(SalusError):
    """The two receipts are not signed by one keeper of this record."""

    hint = "Give two receipts of one keeper, as it gave them."
    status = 422
