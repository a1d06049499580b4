"""What can go wrong with stored bytes."""

from salus.kernel.errors import SalusError


class BlobMissing(SalusError):
    """The vault does not hold {name}."""

    hint = "Restore the vault from its replica or backup."
    status = 404


class NotItsName(SalusError):
    """The bytes stored as {name} have another hash."""

    hint = "Send the bytes again; they were changed on the way."
    status = 422


class VaultFull(SalusError):
    """The disk of the vault has no room for {size} bytes more; nothing was stored."""

    hint = "Free space on the disk that holds the vault, then repeat the command."
    status = 507


class BlobDamaged(SalusError):
    """No store holds {name} as it was put."""

    hint = "Restore the body from a backup of one of the stores; `salus vault scrub` lists all."
    status = 500


class StoreDown(SalusError):
    """The store {store} does not answer."""

    hint = "Start the store, or check its address in `vault.json` and the network to it."
    status = 503


class StoreRefused(SalusError):
    """The store {store} refused what was asked."""

    hint = "Check the bucket, the credentials and what they may do."
    status = 502


class TooFewStores(SalusError):
    """Only {stored} of the {needed} stores that must keep a body took it; nothing was stored."""

    hint = "See `salus vault status`, start what is down, then repeat the command."
    status = 503


class BadVault(SalusError):
    """The vault is not described well in {file}, at {member}: {reason}."""

    hint = "Correct it; `docs/how-to/store-bodies-elsewhere.md` shows what it may say."


class CredentialsOpen(SalusError):
    """The file {file} with credentials may be read by others."""

    hint = "Let only its owner read it: `chmod 600 {file}`."


class CredentialsMissing(SalusError):
    """There are no credentials for the store {store}."""

    hint = (
        "Name a file with `credentials`, or set SALUS_VAULT_ACCESS_KEY and SALUS_VAULT_SECRET_KEY."
    )


class ScrubRunning(SalusError):
    """Another process is looking through this vault."""

    hint = "Wait until it has ended; `salus vault status` shows how far it is."
    status = 409
