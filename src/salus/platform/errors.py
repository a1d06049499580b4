"""What can go wrong with a home, its files and its settings."""

from salus.kernel.errors import SalusError


class HomeMissing(SalusError):
    """There is no home in {home}."""

    hint = "Make one with `salus init --home {home}`."
    status = 404


class HomeExists(SalusError):
    """There is already a home in {home}."""

    hint = "Choose another folder with `--home`, or go on with the home that is there."
    status = 409


class HomeVersion(SalusError):
    """The folder {home} holds a home of another version: {version} instead of {expected}."""

    hint = "Use the release of Salus that made this home, or make a new one with `salus init`."


class HomeDamaged(SalusError):
    """The file {file} of the home does not say what a home must say."""

    hint = "Restore the file from a backup of the home."


class HomeBusy(SalusError):
    """Another process ({pid}) is writing to the home {home}."""

    hint = "Wait until it has ended, or stop it; reading commands need not wait."
    status = 409


class LedgerElsewhere(SalusError):
    """The home {home} has no ledger of its own; another process serves it."""

    hint = "Serve the ledger from the home of the consortium that keeps it, named `ledger`."
    status = 409


class DiskFull(SalusError):
    """The disk is full; nothing was stored."""

    hint = "Free some space, then run the same command again."
    status = 507


class BadSetting(SalusError):
    """The setting {setting} has a value that does not fit: {reason}."""

    hint = "Change or remove {setting} in the environment; `{description}` is what it sets."
    status = 500


class NotACapability(SalusError):
    """The package {package} names a capability {name} that does not fit its folder."""

    hint = "Set `capability = Capability(name=...)` to the name of the folder."
    status = 500


class UnknownJob(SalusError):
    """No capability has a job named {job}."""

    hint = "Install the release of Salus that queued the job, or remove its row."
    status = 500


class UnknownLanguage(SalusError):
    """Salus does not speak {language}."""

    hint = "Choose `en` or `zh-Hans` with `--language` or SALUS_LANGUAGE."


class FileTrouble(SalusError):
    """The file {file} cannot be used: {reason}."""

    hint = "Check that the path is right and that you may read or write it."


class Unexpected(SalusError):
    """Something unexpected happened; its number is {incident}."""

    hint = "Give this number to the operator of the node; its log says more under it."
    status = 500
