"""What can go wrong with stored bytes."""

from salus.kernel.errors import SalusError


class BlobMissing(SalusError):
    """The vault does not hold {name}."""

    hint = "Restore the vault from its replica or backup."
    status = 404


class VaultFull(SalusError):
    """The vault has no room for {size} bytes more."""

    hint = "Free space on the disk that holds the vault, then repeat the command."
    status = 507
