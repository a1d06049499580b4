"""Real stores that die, hang, fill up, lose and cut bodies; processes that die while they put."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes, token_hex
from textwrap import dedent

import pytest

from salus.kernel.crypt4gh import segment_root
from salus.platform.vault import BlobMissing, VaultFull
from salus.platform.vault.errors import BlobDamaged, StoreDown, StoreRefused
from salus.platform.vault.ipfs import IpfsVault
from salus.platform.vault.kubo import Kubo
from salus.platform.vault.s3 import LARGE, S3Vault
from tests.support.buckets import S3Server, s3_server
from tests.support.kubo import Twin
from tests.support.served import served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        yield started


def a_body(size: int = 4_124) -> tuple[bytes, bytes]:
    body = token_bytes(size)
    return segment_root(body), body


def a_bucket(server: S3Server, **members: object) -> tuple[str, S3Vault]:
    name = "b" + token_hex(8)
    return name, S3Vault(server.bucket(name, **members))


def test_a_bucket_outlives_its_server(server: S3Server) -> None:
    _, vault = a_bucket(server, timeout_seconds=2)
    name, body = a_body()
    vault.put({name: body})
    server.kill()
    for ask in (vault.get, vault.has, vault.delete, lambda each: vault.put({each[::-1]: body})):
        with pytest.raises(StoreDown):
            ask(name)
    with pytest.raises(StoreDown):
        list(vault.names())
    server.start()

    assert vault.get(name) == body
    assert list(vault.names()) == [name]


def test_a_server_that_hangs_is_a_store_that_is_away(server: S3Server) -> None:
    _, vault = a_bucket(server, timeout_seconds=1)
    name, body = a_body()
    server.freeze()
    try:
        with pytest.raises(StoreDown):
            vault.put({name: body})
    finally:
        server.thaw()


@pytest.mark.parametrize("wrong", [{"secret_key": "wrong"}, {"access_key": "nobody"}])
def test_wrong_keys_are_refused_and_told_to_nobody(server: S3Server, wrong: dict[str, str]) -> None:
    folder, vault = a_bucket(server, **wrong)
    name, body = a_body()
    with pytest.raises(StoreRefused) as refused:
        vault.put({name: body})

    assert server.objects(folder) == []
    for secret in (server.access_key, server.secret_key, *wrong.values(), name.hex()):
        assert secret not in str(refused.value)
        assert secret not in repr(refused.value.details)


def test_a_bucket_that_is_not_there_takes_nothing(server: S3Server) -> None:
    folder, vault = a_bucket(server)
    (server.root / folder).rmdir()
    with pytest.raises(StoreRefused):
        vault.put(dict([a_body()]))


def test_of_many_bodies_none_stays_when_the_bucket_fills_up(tmp_path: Path) -> None:
    root = tmp_path / "small"
    root.mkdir()
    if os.geteuid() != 0 or subprocess.call(_mount(root)) != 0:
        pytest.skip("a small disk is only mounted for root")
    try:
        with s3_server(root) as server:
            folder, vault = a_bucket(server)
            before = dict([a_body()])
            vault.put(before)
            with pytest.raises(VaultFull):
                vault.put(dict(a_body(300_000) for _ in range(20)))

            assert list(vault.names()) == list(before)
            assert len(server.objects(folder)) == 1
    finally:
        subprocess.check_call(["umount", "-l", root])


def _mount(root: Path) -> list[str | Path]:
    return ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", root]


def test_a_large_body_travels_in_parts_and_comes_back(server: S3Server) -> None:
    folder, vault = a_bucket(server)
    name, body = a_body(LARGE + 5)
    vault.put({name: body})

    assert vault.get(name) == body
    assert [path.name for path in server.objects(folder)] == [name.hex()]
    with vault.open(name) as file:
        file.seek(LARGE - 2)
        assert file.read() == body[LARGE - 2 :]


@pytest.mark.parametrize("size", [4_124, LARGE + 5])
def test_a_process_killed_while_it_puts_leaves_whole_bodies_only(
    server: S3Server, size: int
) -> None:
    """It dies after 1, 20 and 120 milliseconds; what has its name is whole, and more can come."""
    for milliseconds in (1, 20, 120):
        folder, vault = a_bucket(server)
        _put_and_die(server, folder, size, milliseconds)
        for name in vault.names():
            assert segment_root(vault.get(name)) == name
        found = dict([a_body(size)])
        vault.put(found)
        assert set(found) <= set(vault.names())


def _put_and_die(server: S3Server, folder: str, size: int, milliseconds: int) -> None:
    script = dedent(f"""
        import os, sys, threading, time
        from salus.kernel.crypt4gh import segment_root
        from salus.platform.vault.s3 import Bucket, S3Vault

        vault = S3Vault(Bucket("s3", {folder!r}, {server.access_key!r}, sys.stdin.read(),
                               endpoint={server.url!r}))
        found = [os.urandom({size}) for _ in range(4 if {size} > 2**20 else 400)]
        bodies = {{segment_root(body): body for body in found}}
        threading.Thread(target=vault.put, args=[bodies], daemon=True).start()
        time.sleep({milliseconds / 1_000})
        os._exit(9)
    """)
    ended = subprocess.run(
        [sys.executable, "-c", script], input=server.secret_key, text=True, check=False
    )
    assert ended.returncode == 9


def test_a_server_killed_while_it_stores_keeps_whole_bodies_only(server: S3Server) -> None:
    folder, vault = a_bucket(server, timeout_seconds=2)
    bodies = dict(a_body(200_000) for _ in range(60))
    timer = subprocess.Popen(["sh", "-c", f"sleep 0.05; kill -9 {server.process.pid}"])  # type: ignore[union-attr]
    with suppress(StoreDown):
        vault.put(bodies)
    timer.wait()
    server.kill()
    server.start()

    for name in vault.names():
        assert vault.get(name) == bodies[name]
    vault.put(bodies)
    assert set(vault.names()) == set(bodies)
    assert len(server.objects(folder)) == len(bodies)


def test_a_node_of_ipfs_that_lies_is_not_believed() -> None:
    twin = Twin()
    with served(twin.app()) as url:
        vault = IpfsVault(Kubo("ipfs", url))
        name, body = a_body(200_000)
        vault.put({name: body})
        some = [cid for cid in twin.blocks if cid.startswith("bafk")]
        for cid in some:
            twin.lies = {cid: b"\0\x60" + b"another block"}
            with pytest.raises(BlobDamaged):
                vault.get(name)
        twin.lies = {}
        assert vault.get(name) == body
        del twin.blocks[some[0]]
        with pytest.raises(BlobDamaged):
            vault.get(name)


def test_a_node_of_ipfs_that_fills_up_keeps_nothing_of_what_was_put() -> None:
    twin = Twin()
    with served(twin.app()) as url:
        vault = IpfsVault(Kubo("ipfs", url))
        before = a_body()
        vault.put(dict([before]))
        twin.room = 500_000
        with pytest.raises(VaultFull):
            vault.put(dict(a_body(200_000) for _ in range(5)))

        assert list(vault.names()) == [before[0]]
        assert len(twin.blocks) == len(twin.pins) == 1


def test_a_deletion_in_ipfs_that_was_broken_off_is_finished_by_the_next() -> None:
    twin = Twin()
    with served(twin.app()) as url:
        vault = IpfsVault(Kubo("ipfs", url))
        name, body = a_body(300_000)
        vault.put({name: body})
        remove = vault._node.remove

        def dying(addresses: Sequence[str]) -> None:
            remove(addresses[:4])
            raise StoreDown(store="ipfs")

        vault._node.remove = dying  # type: ignore[method-assign]
        with pytest.raises(StoreDown):
            vault.delete(name)
        assert not vault.has(name)
        assert list(vault.names()) == []
        vault._node.remove = remove  # type: ignore[method-assign]
        vault.delete(name)

        assert (twin.blocks, twin.pins) == ({}, {})
        with pytest.raises(BlobMissing):
            vault.get(name)


def test_a_damaged_body_in_ipfs_is_deleted_with_all_that_is_left_of_it() -> None:
    twin = Twin()
    with served(twin.app()) as url:
        vault = IpfsVault(Kubo("ipfs", url))
        name, body = a_body(300_000)
        for number in range(9):
            vault.put({name: body})
            del twin.blocks[sorted(each for each in twin.blocks if each.startswith("bafk"))[number]]
            vault.delete(name)

            assert (twin.blocks, twin.pins) == ({}, {})
        with pytest.raises(BlobMissing):
            vault.get(name)


def test_a_first_block_that_nothing_pins_is_put_again() -> None:
    """A process may die between the block and its pin; the node may then collect it."""
    twin = Twin()
    with served(twin.app()) as url:
        vault = IpfsVault(Kubo("ipfs", url))
        name, body = a_body(200_000)
        vault.put({name: body})
        root = next(cid for cid, pin in twin.pins.items() if pin == "salus")
        del twin.pins[root]

        assert not vault.has(name)
        vault.put({name: body})
        assert twin.pins[root] == "salus"
        assert vault.get(name) == body


def test_no_node_of_ipfs_is_a_store_that_is_away() -> None:
    with served(Twin().app()) as url:
        pass
    with pytest.raises(StoreDown):
        IpfsVault(Kubo("ipfs", url, timeout_seconds=2)).put(dict([a_body()]))
