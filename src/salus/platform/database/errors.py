"""What can go wrong with the node's database."""

from salus.kernel.errors import SalusError


class DatabaseBusy(SalusError):
    """Another process kept the database {database} locked for {seconds} seconds."""

    hint = "Wait until the other command has ended, then run this one again."
    status = 503


class DatabaseDamaged(SalusError):
    """The file {database} is not a database that Salus can read."""

    hint = "Restore the home from a backup; the index can be made anew by `salus index rebuild`."
    status = 500


class DatabaseVersion(SalusError):
    """The database {database} was written by another release of Salus."""

    hint = "Use the release that wrote it last, or restore the backup made before the upgrade."
    status = 500


class StillRead(SalusError):
    """Somebody still reads the database, so that deleted rows are still in its log."""

    hint = "Wait until other commands and services have ended their reading; it is tried again."
    status = 503


class KeyReplaced(SalusError):
    """The storage key was replaced while this was done; nothing was stored."""

    hint = "Do it again; it will be sealed under the new key."
    status = 503


class EventsMissing(SalusError):
    """The events of the ledger do not fit the index: some before block {block} are missing."""

    hint = "The node that tells of them may be wrong. Point to another, then `salus index rebuild`."
    status = 502
