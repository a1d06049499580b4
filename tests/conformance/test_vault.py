"""One suite for every vault, and what only a folder can get wrong."""

import errno
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import pytest

from salus.platform.vault import (
    BlobMissing,
    FolderVault,
    MemoryVault,
    NotItsName,
    Vault,
    VaultFull,
)

Make = Callable[[Path], Vault]


def digest_of(body: bytes) -> bytes:
    return sha256(body).digest()


@pytest.fixture(
    params=[FolderVault, lambda _root, **how: MemoryVault(**how)], ids=["folder", "memory"]
)
def make(request: pytest.FixtureRequest) -> Callable[..., Vault]:
    return request.param


def bodies(count: int) -> dict[bytes, bytes]:
    return {digest_of(body): body for body in (b"body %d" % n for n in range(count))}


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("count", [1, 7, 300])
def test_what_was_put_comes_back(make: Make, tmp_path: Path, count: int) -> None:
    vault = make(tmp_path)
    vault.put(bodies(count))

    assert bodies(count) == {name: vault.get(name) for name in bodies(count)}
    assert all(vault.size(name) == len(body) for name, body in bodies(count).items())
    assert all(vault.has(name) for name in bodies(count))


def test_a_body_is_read_in_ranges(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)
    vault.put({digest_of(b"0123456789"): b"0123456789"})

    with vault.open(digest_of(b"0123456789")) as file:
        file.seek(4)

        assert file.read(3) == b"456"


def test_what_was_never_put_is_missing(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)

    assert not vault.has(bytes(32))
    for ask in (vault.get, vault.size, vault.open):
        with pytest.raises(BlobMissing):
            ask(bytes(32))


def test_a_name_put_twice_keeps_its_first_body(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)
    vault.put({bytes(32): b"first"})
    vault.put({bytes(32): b"second"})

    assert vault.get(bytes(32)) == b"first"


def test_a_deleted_body_is_gone_and_may_be_deleted_again(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)
    vault.put(bodies(2))
    gone, kept = bodies(2)
    vault.delete(gone)
    vault.delete(gone)

    assert (vault.has(gone), vault.has(kept)) == (False, True)


def test_a_body_under_another_name_is_refused_with_all_beside_it(
    make: Callable[..., Vault], tmp_path: Path
) -> None:
    vault = make(tmp_path, digest_of=digest_of)
    good = digest_of(b"good")

    with pytest.raises(NotItsName):
        vault.put({good: b"good", bytes(32): b"bad"})

    assert not vault.has(good)


def test_nothing_put_is_nothing_stored(make: Make, tmp_path: Path) -> None:
    make(tmp_path).put({})

    assert files(tmp_path) == []


def test_a_folder_vault_opened_again_has_what_was_put(tmp_path: Path) -> None:
    FolderVault(tmp_path).put(bodies(30))
    again = FolderVault(tmp_path)

    assert all(again.get(name) == body for name, body in bodies(30).items())


@pytest.mark.parametrize("count", [2, 20])
@pytest.mark.parametrize("step", ["write", "rename"])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, step: str
) -> None:
    vault = FolderVault(tmp_path)
    vault.put({bytes(32): b"before"})
    calls = iter(range(count))

    def full_at_the_last(*_arguments: object) -> int:
        if next(calls) == count - 1:
            raise OSError(errno.ENOSPC, "no space")
        return 1

    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr("salus.platform.vault.barrier.Barrier.write", full_at_the_last)
        else:
            patch.setattr(Path, "replace", full_at_the_last)
        with pytest.raises(VaultFull):
            vault.put(bodies(count))

    assert [path.name for path in files(tmp_path)] == ["00" * 32]


@pytest.mark.parametrize("count", [2, 20])
def test_a_writer_killed_before_the_rename_leaves_nothing_behind(
    tmp_path: Path, count: int
) -> None:
    script = dedent(f"""
        import os
        from pathlib import Path
        from salus.platform.vault import FolderVault

        Path.replace = lambda *_: os._exit(9)
        FolderVault(Path({str(tmp_path)!r})).put({bodies(count)!r})
    """)
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    left = len(files(tmp_path))
    vault = FolderVault(tmp_path)

    assert (9, count) == (killed.returncode, left)
    assert files(tmp_path) == []
    assert not any(vault.has(name) for name in bodies(count))


def test_opening_sweeps_no_draft_of_a_writer_that_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = FolderVault(tmp_path)
    replace = Path.replace

    def open_another_first(draft: Path, place: Path) -> Path:
        FolderVault(tmp_path)
        return replace(draft, place)

    monkeypatch.setattr(Path, "replace", open_another_first)
    writer.put(bodies(3))

    assert all(writer.get(name) == body for name, body in bodies(3).items())


def test_only_the_owner_may_read_a_folder_vault(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    FolderVault(root).put(bodies(20))
    modes = {path.stat().st_mode & 0o077 for path in (root, *root.rglob("*"))}

    assert {0} == modes


def test_a_vault_shared_by_threads_stores_every_body(tmp_path: Path) -> None:
    vault = FolderVault(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: vault.put(bodies(12)), range(8)))

    assert all(vault.get(name) == body for name, body in bodies(12).items())
