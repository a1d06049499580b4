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
