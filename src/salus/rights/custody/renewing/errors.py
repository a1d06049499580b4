"""What can go wrong when all keys of a record are changed."""

from salus.kernel.errors import SalusError


class BadRekey(SalusError):
    """{holder} does not sign for the new keys of the record: {reason}."""

    hint = "Give the command again; the keys that are in force stay until the new ones are."
    status = 409


class NoVersion(SalusError):
    """The newest version of the record is not on the ledger."""

    hint = "Finish its import first: run `salus import` again."
    status = 409


class NothingNamed(SalusError):
    """Say which sections get fresh keys, or that everything does."""

    hint = "Give either `--section laboratory` or `--all`; `RECORD/SECTION` takes `--all`."


class RenewalUnderWay(SalusError):
    """All keys of this record are being changed."""

    hint = "Finish that first with `salus custody renew RECORD --all`."
    status = 409
