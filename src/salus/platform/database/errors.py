"""What can go wrong with the node's database."""

from salus.kernel.errors import SalusError


class DatabaseBusy(SalusError):
    """Another process kept the database {database} locked for {seconds} seconds."""

    hint = "Wait until the other command has ended, then run this one again."
    status = 503


class DatabaseDamaged(SalusError):
    """Salus cannot read the database {database} ({reason})."""

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


class DatabaseUnreachable(SalusError):
    """The database {database} does not answer, or it does not let Salus in."""

    hint = "Check that the server runs and that name, role and password fit; then do it again."
    status = 503


class DatabaseAddress(SalusError):
    """The address of the database does not fit: {reason}."""

    hint = "Write `postgresql+psycopg://role@host:5432/name` into {setting}."
    status = 500


class DatabaseServer(SalusError):
    """The server of the database {database} has version {found}; Salus needs {oldest} or later."""

    hint = "Upgrade PostgreSQL, or name another server."
    status = 500


class DatabaseOrder(SalusError):
    """The database {database} sorts or stores text otherwise than Salus needs it."""

    hint = "Make it with `createdb --template=template0 --encoding=UTF8 --locale=C {name}`."
    status = 500


class DatabaseOfAnother(SalusError):
    """The database {database} belongs to another home, or it was not made for this one."""

    hint = "Name an empty database for a new home, and for this home the one it was made with."
    status = 409


class DatabaseFilled(SalusError):
    """The database {database} is not empty; nothing is written over or beside what is there."""

    hint = "Make an empty one with `createdb --template=template0 --encoding=UTF8 --locale=C`."
    status = 409


class CopyDiffers(SalusError):
    """The table {table} arrived otherwise than it was sent; nothing was kept of it."""

    hint = "Check the memory and disks of both machines, then do it again."
    status = 500


class HomeInFiles(SalusError):
    """The home {home} keeps its rows in files, not where {setting} says."""

    hint = "Remove {setting} from the environment; it is for homes that were made at a server."
    status = 409
