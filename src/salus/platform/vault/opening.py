"""The vault of a home, as it is described."""

import configparser
from pathlib import Path

from salus.kernel.crypt4gh import segment_root
from salus.platform.settings import read
from salus.platform.vault.deletions import Deletions
from salus.platform.vault.errors import BadVault, CredentialsMissing, CredentialsOpen
from salus.platform.vault.folder import FolderVault
from salus.platform.vault.port import Vault
from salus.platform.vault.replicated import ReplicatedVault
from salus.platform.vault.settings import (
    FILE,
    FolderPlace,
    IpfsPlace,
    Layout,
    Place,
    S3Place,
    VaultSettings,
    layout,
)
from salus.platform.vault.stores import Store

VAULT = Path("vault")  # in a home
DELETIONS = "deleting"


def open_vault(root: Path) -> Vault:
    """What verbs put into and get from. Raises BadVault, CredentialsOpen, CredentialsMissing.

    One store needs nobody to compare it with; several are one replicated vault.
    """
    settings = read(VaultSettings)
    said = layout(root, settings)
    if len(said.stores) == 1:
        return _open(root, said.stores[0], settings)
    return _replicated(root, said, settings)


def open_stores(root: Path) -> ReplicatedVault:
    """The same as `open_vault`, for whoever looks at its stores one by one."""
    settings = read(VaultSettings)
    return _replicated(root, layout(root, settings), settings)


def scrub_days(root: Path) -> int | None:
    """How often the vault of a home is to be looked through; None where only one store is."""
    if not (root / FILE).exists():
        return None
    said = layout(root, read(VaultSettings))
    return said.scrub_days if len(said.stores) > 1 else None


def _replicated(root: Path, said: Layout, settings: VaultSettings) -> ReplicatedVault:
    for place in said.stores:
        if isinstance(place, S3Place):
            _keys(root, place, settings)  # who forgot them is told now, not with the first body
    return ReplicatedVault(
        [_store(root, place, settings) for place in said.stores],
        copies=said.copies,
        deletions=Deletions(root / DELETIONS),
        digest_of=segment_root,
    )


def _store(root: Path, place: Place, settings: VaultSettings) -> Store:
    return Store(place.name, lambda: _open(root, place, settings))


def _open(root: Path, place: Place, settings: VaultSettings) -> Vault:
    """Libraries of stores that are not used are not loaded."""
    if isinstance(place, FolderPlace):
        return FolderVault(root / place.path)
    if isinstance(place, IpfsPlace):
        from salus.platform.vault.ipfs import IpfsVault  # noqa: PLC0415 - rarely needed
        from salus.platform.vault.kubo import Kubo  # noqa: PLC0415 - rarely needed

        return IpfsVault(Kubo(place.name, place.endpoint, timeout_seconds=place.timeout_seconds))
    from salus.platform.vault.s3 import Bucket, S3Vault  # noqa: PLC0415 - rarely needed

    access_key, secret_key = _keys(root, place, settings)
    members = place.model_dump(exclude={"name", "kind", "credentials"})
    return S3Vault(Bucket(place.name, access_key=access_key, secret_key=secret_key, **members))


def _keys(root: Path, place: S3Place, settings: VaultSettings) -> tuple[str, str]:
    """Of the file that a store names, or of the environment."""
    if place.credentials:
        return _keys_of(root / Path(place.credentials).expanduser())
    keys = settings.access_key.get_secret_value(), settings.secret_key.get_secret_value()
    if not all(keys):
        raise CredentialsMissing(store=place.name)
    return keys


def _keys_of(file: Path) -> tuple[str, str]:
    """The profile `default` of a file as the tools of Amazon write it."""
    try:
        if file.stat().st_mode & 0o077:
            raise CredentialsOpen(file=str(file))
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(file.read_text())
        profile = parser["default"]
        return profile["aws_access_key_id"], profile["aws_secret_access_key"]
    except FileNotFoundError:
        raise BadVault(file=str(file), member="credentials", reason="no such file") from None
    except (KeyError, ValueError, configparser.Error):
        reason = "a profile [default] with aws_access_key_id and aws_secret_access_key"
        raise BadVault(file=str(file), member="default", reason=reason) from None
