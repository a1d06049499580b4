"""A validator whose key votes at two places: it is proven, and the others go on.

The second place is a whole copy of the first, with a client, a bridge and an engine of its own.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from salus.kernel.documents import text
from salus.platform.files import write_atomic
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.keys import ClientKey, CometKey
from salus.surfaces.network.model import Founder
from salus.surfaces.network.ports import placed
from tests.support.loading import blocks_of, lay_store, loaded, lost
from tests.support.networked import Net, network, until

CHAIN = 7_254_885
NAMES = ("clinic", "hospital", "institute", "insurer")
TWICE, HONEST = "clinic", ("hospital", "institute", "insurer")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with network(tmp_path_factory.mktemp("twice") / "net", NAMES, chain=CHAIN) as made:
        yield made


@contextmanager
def twin(net: Net, name: str, place: Path) -> Iterator[None]:
    """The same voting key once more, with other ports and other names among its peers."""
    net.stop(name)
    (folder,) = net.folders(name)
    copied = Folder(place / name)
    shutil.copytree(folder.home, copied.home)
    told = folder.read()
    ports = [(each.name, each.host, each.first_port) for each in told.peers]
    (founder,) = placed([Founder("twin", "127.0.0.1", 0, 10)], ports)
    peers = tuple(
        replace(each, first_port=founder.first_port) if each.name == name else each
        for each in told.peers
    )
    write_atomic(copied.network, text(replace(told, peers=peers)))
    write_atomic(copied.comet / "config" / "node_key.json", CometKey.generate().node_file())
    write_atomic(copied.client_key, ClientKey.generate().secret.hex().encode())
    again = Net(place, told)
    net.start(name)
    again.start()
    try:
        yield
    finally:
        again.stop()


def convicted(net: Net, name: str) -> bool:
    """Whether a validator logged that somebody voted twice."""
    (folder,) = net.folders(name)
    return "voted-twice" in (folder.logs / "bridge.log").read_text()


def test_who_votes_twice_is_proven_and_stops_nobody(net: Net, tmp_path: Path) -> None:
    contract = lay_store(net, HONEST[0])
    with loaded(net, contract, tmp_path / "load", *HONEST[:2]) as senders:
        with twin(net, TWICE, tmp_path / "twin"):
            until(lambda: all(convicted(net, each) for each in HONEST), "it is proven to all")
        before = [len(each.acknowledged) for each in senders]
        until(
            lambda: all(
                len(each.acknowledged) > count + 50
                for each, count in zip(senders, before, strict=True)
            ),
            "writes go on",
        )

    known = [blocks_of(net.url(each), 3) for each in NAMES]
    assert [[]] * len(NAMES) == [lost(net, each, senders) for each in NAMES]
    assert [known[0]] * len(NAMES) == known
