"""Where encrypted bytes lie, under the hash of what they are."""

from salus.platform.vault.errors import BlobMissing, NotItsName, VaultFull
from salus.platform.vault.folder import FolderVault
from salus.platform.vault.memory import MemoryVault
from salus.platform.vault.port import Vault

__all__ = ["BlobMissing", "FolderVault", "MemoryVault", "NotItsName", "Vault", "VaultFull"]
