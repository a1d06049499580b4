"""One suite for every vault, and what only a folder can get wrong."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from secrets import token_bytes, token_hex
from textwrap import dedent
from typing import Any

import pytest

from salus.kernel.crypt4gh import SEGMENT, segment_root
from salus.platform.vault import (
    BlobMissing,
    FolderVault,
    MemoryVault,
    NotItsName,
    Vault,
    VaultFull,
)
from salus.platform.vault.deletions import Deletions
from salus.platform.vault.ipfs import IpfsVault
from salus.platform.vault.kubo import Kubo
from salus.platform.vault.replicated import ReplicatedVault
from salus.platform.vault.s3 import S3Vault
from salus.platform.vault.stores import Store
from tests.support.buckets import S3Server, s3_server
from tests.support.kubo import Twin, kubo_node
from tests.support.served import served

Make = Callable[..., Vault]
KINDS = ("folder", "memory", "s3", "replicated", "ipfs", "kubo")
TAKES_ANY_NAME = ("folder", "memory", "s3")
"""The others look at every body that they are given."""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if "SALUS_KUBO" not in os.environ:
        pytest.skip("Kubo takes minutes to build: `make test-deep` does it")
    with kubo_node(tmp_path_factory.mktemp("kubo")) as url:
        yield url


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    with ExitStack() as until_the_end:
        yield making(request.param, request.getfixturevalue, until_the_end)


@pytest.fixture(params=TAKES_ANY_NAME)
def make_trusting(request: pytest.FixtureRequest) -> Iterator[Make]:
    with ExitStack() as until_the_end:
        yield making(request.param, request.getfixturevalue, until_the_end)


def making(kind: str, fixture: Callable[[str], Any], until_the_end: ExitStack) -> Make:
    if kind == "folder":
        return FolderVault
    if kind == "memory":
        return lambda _root, **how: MemoryVault(**how)
    if kind == "replicated":
        return lambda root, **_: replicated(root)
    if kind == "s3":
        bucket = fixture("s3").bucket("b" + token_hex(8))
        return lambda _root, **how: S3Vault(bucket, **how)
    if kind == "kubo":
        url = fixture("kubo")
        until_the_end.callback(emptied, IpfsVault(Kubo(kind, url)))
    else:
        url = until_the_end.enter_context(served(Twin().app()))
    return lambda _root, **_: IpfsVault(Kubo(kind, url))


def emptied(vault: Vault) -> None:
    """A node that all tests share is as new for the next."""
    vault.delete_all(list(vault.names()))


def replicated(root: Path) -> ReplicatedVault:
    """Two of three folders."""
    stores = [Store(name, partial(FolderVault, root / name)) for name in ("one", "two", "three")]
    deletions = Deletions(root / "deleting")
    return ReplicatedVault(stores, copies=2, deletions=deletions, digest_of=segment_root)


def bodies(count: int) -> dict[bytes, bytes]:
    return named(b"body %d" % n for n in range(count))


def named(found: Iterable[bytes]) -> dict[bytes, bytes]:
    return {segment_root(body): body for body in found}


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
    vault.put(named([b"0123456789"]))

    with vault.open(segment_root(b"0123456789")) as file:
        file.seek(4)

        assert file.read(3) == b"456"


def test_what_was_never_put_is_missing(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)

    assert not vault.has(bytes(32))
    for ask in (vault.get, vault.size, vault.open):
        with pytest.raises(BlobMissing):
            ask(bytes(32))


def test_a_name_put_twice_keeps_its_first_body(make_trusting: Make, tmp_path: Path) -> None:
    vault = make_trusting(tmp_path)
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
    make: Make, tmp_path: Path
) -> None:
    vault = make(tmp_path, digest_of=segment_root)
    good = segment_root(b"good")

    with pytest.raises(NotItsName):
        vault.put({good: b"good", bytes(32): b"bad"})

    assert not vault.has(good)


def test_nothing_put_is_nothing_stored(make: Make, tmp_path: Path) -> None:
    make(tmp_path).put({})

    assert files(tmp_path) == []


def test_names_come_in_order_and_from_behind_any_of_them(make: Make, tmp_path: Path) -> None:
    vault = make(tmp_path)
    vault.put(bodies(40))
    ordered = sorted(bodies(40))

    assert ordered == list(vault.names())
    assert ordered[17:] == list(vault.names(after=ordered[16]))
    assert [] == list(vault.names(after=ordered[-1]))


@pytest.mark.parametrize("segments", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("rest", [0, 4_124])
def test_a_body_of_many_segments_is_read_anywhere(
    make: Make, tmp_path: Path, segments: int, rest: int
) -> None:
    vault = make(tmp_path)
    body = token_bytes(segments * SEGMENT + rest)
    vault.put(named([body]))
    name = segment_root(body)

    assert vault.get(name) == body
    assert vault.size(name) == len(body)
    with vault.open(name) as file:
        for start in (0, len(body) - 10, SEGMENT * (segments // 2) - 3 * (segments > 1)):
            file.seek(start)
            assert file.read(20) == body[start : start + 20]
    vault.delete(name)
    assert list(vault.names()) == []


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
