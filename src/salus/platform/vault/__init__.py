"""Where encrypted bytes lie, under the hash of what they are."""

from salus.platform.vault.errors import BlobMissing, VaultFull
from salus.platform.vault.folder import FolderVault
from salus.platform.vault.port import MemoryVault, Vault

__all__ = ["BlobMissing", "FolderVault", "MemoryVault", "Vault", "VaultFull"]
