"""What can go wrong with a copy of a home."""

from salus.kernel.errors import SalusError


class BackupDamaged(SalusError):
    """The backup {file} is cut off or changed at {entry}; nothing was restored."""

    hint = "Take another copy of it, and keep backups where their hashes are checked."


class BackupVersion(SalusError):
    """The backup {file} is of version {version}, and this release reads version {expected}."""

    hint = "Restore it with the release of Salus that made it, then upgrade."


class BackupExists(SalusError):
    """There is a file {file} already; a backup overwrites nothing."""

    hint = "Give another name with --out."
    status = 409


class BackupDisturbed(SalusError):
    """The keys of {place} were replaced while the backup was made; it was thrown away."""

    hint = "Run the same command again."
    status = 409


class OtherKeys(SalusError):
    """These keys do not open {place} of the backup: they were replaced since, or before."""

    hint = (
        "Use the file of keys that was made together with this backup. A backup from before a"
        " rotation of storage keys opens nothing, which is what a rotation is for."
    )


class KeysMissing(SalusError):
    """The file {file} with the keys of this backup is missing."""

    hint = "Bring it from where it is kept and name it with --keys."
    status = 404


class OtherNetwork(SalusError):
    """The backup is of another network than {file} describes."""

    hint = "Choose the backup of this network, or the file of the other one."
    status = 409


class RestoreOver(SalusError):
    """The folder {home} is not empty; a restore overwrites nothing."""

    hint = "Name a new folder with --home, and move it into place when you have looked at it."
    status = 409


class StoreUnknown(SalusError):
    """The database {database} has a store {schema} of this home that the home does not know."""

    hint = "Bring back the folder of that keeper, or drop the schema if nobody needs it any more."
    status = 409


class HomeAtServer(SalusError):
    """The home {home} keeps its rows at a server already."""

    hint = "Move it to files first: `salus home move --to files`."
    status = 409


class NoServer(SalusError):
    """The home {home} keeps its rows in files already."""

    hint = "Name a server to move it there: `salus home move --to postgresql://role@host/name`."
    status = 409


class HomeInUse(SalusError):
    """Another process has {store} of the home {home} open; nothing was moved."""

    hint = "End the programs and commands of this home, then do it again."
    status = 409


class MovedExists(SalusError):
    """There is {file} from an earlier move; a move overwrites nothing."""

    hint = "Remove it when you need it no more."
    status = 409
