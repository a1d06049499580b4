"""What can go wrong when something is erased or held."""

from salus.kernel.errors import SalusError


class NotErased(SalusError):
    """The ledger does not say that this is erased."""

    hint = "Only the patient erases a record: `salus erase RECORD`."
    status = 403


class BadErase(SalusError):
    """{holder} was asked to delete a part that belongs to something else."""

    hint = "Report this: the source of the record and this key holder disagree."
    status = 409


class NotConfirmed(SalusError):
    """Nothing was erased: an erasure cannot be undone, so it must be confirmed."""

    hint = "Say `--yes` when you are sure."


class KeepersMissing(SalusError):
    """These key holders have not deleted their parts yet: {missing}."""

    hint = (
        "Start them; they are asked again by the next command, and `salus erase` shows who waits."
    )
    status = 503


class NotOnLedger(SalusError):
    """The record is not on the ledger yet."""

    hint = "Finish its import first: run `salus import` again."
    status = 409


class BadHold(SalusError):
    """A legal hold needs a reason and an end in the future, at most 100 years from now."""

    hint = "Say which law orders it: `--reason 'Law, section' --until 2036-12-31`."


class UnknownHold(SalusError):
    """There is no legal hold {hold} on this record."""

    hint = "List them with `salus holds RECORD`."
    status = 404


class WishUnknown(SalusError):
    """There is nothing to stop: no erasure of yours waits under this number."""

    hint = "What has begun cannot be stopped any more."
    status = 404
