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
