"""Custodians who accept and never answer, or answer drop by drop, or are cut off by halves."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import combinations

import httpx
import pytest

from salus.platform.web import Peer, PeerUnreachable, listen
from salus.platform.web import peer as web
from salus.rights.custody.errors import TooFewShares
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import Opened, read
from tests.support.scene import scene

CUSTODIANS = ("c1", "c2", "c3", "c4", "c5")
Answering = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait as long as people do."""
    monkeypatch.setattr(web, "TIMEOUT", httpx.Timeout(0.3))
    monkeypatch.setattr(web, "LONGEST", 0.3)


def silent(_: socket.socket) -> None:
    """Accepts, and says nothing."""
    _END.wait()


def half_an_answer(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{")
    _END.wait()


def dripping(connection: socket.socket) -> None:
    """A byte at a time, before anybody would say that nothing comes; it never ends by itself."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
    while not _END.wait(0.05):
        connection.sendall(b" ")


def hanging_up(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{")


_END = threading.Event()
WAYS: dict[str, Answering] = {
    each.__name__: each for each in (silent, half_an_answer, dripping, hanging_up)
}


@contextmanager
def door(way: Answering) -> Iterator[str]:
    """A door of somebody with whom something is wrong."""
    _END.clear()
    with listen("127.0.0.1", 0) as listener:
        threading.Thread(target=_accept, args=(listener, way), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        _END.set()
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, way: Answering) -> None:
    with suppress(OSError), ExitStack() as stack:
        while True:
            connection, _ = listener.accept()
            stack.enter_context(connection)
            threading.Thread(target=_talk, args=(connection, way), daemon=True).start()


def _talk(connection: socket.socket, way: Answering) -> None:
    with suppress(OSError), connection:
        connection.recv(65_536)
        way(connection)


def cut(url: str, *names: str) -> Keepers:
    """The keepers, some of whom are behind that door."""

    def remote(each: RemoteKeeper) -> RemoteKeeper:
        return RemoteKeeper(each.member, Peer.at(each.name, url)) if each.name in names else each

    known = scene().keepers
    custodians = tuple(map(remote, known.custodians))
    return replace(known, custodians=custodians, gateway=remote(known.gateway))


def opened(keepers: Keepers) -> Opened:
    stage = scene()
    record = stage.record()
    return read(stage.node, keepers, stage.subject(record), record, stage.units(record))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_who_never_ends_an_answer_is_as_one_who_is_away(way: Answering) -> None:
    with door(way) as url, pytest.raises(PeerUnreachable) as raised:
        Peer.at("c3", url).get("/")

    assert raised.value.details == {"name": "c3"}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_two_of_five_may_be_cut_off(way: Answering) -> None:
    with door(way) as url:
        given = opened(cut(url, "c1", "c4"))

    assert (("c1", "c4"), ()) == (given.missing, given.liars)
    assert given.units[0].resources


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_three_of_five_cut_off_are_named(way: Answering) -> None:
    with door(way) as url, pytest.raises(TooFewShares) as raised:
        opened(cut(url, "c1", "c2", "c4"))

    assert raised.value.details["missing"] == "c1, c2, c4"


def test_a_gateway_that_never_answers_is_named() -> None:
    with door(silent) as url, pytest.raises(TooFewShares) as raised:
        opened(cut(url, "gateway"))

    assert raised.value.details["missing"] == "gateway"


def test_wherever_the_network_breaks_three_and_the_gateway_open_and_fewer_do_not() -> None:
    """Every way to cut the custodians into those who are reached and those who are not."""
    with door(hanging_up) as url:
        for size in range(len(CUSTODIANS) + 1):
            for away in combinations(CUSTODIANS, size):
                assert away == missing(cut(url, *away))


def missing(keepers: Keepers) -> tuple[str, ...]:
    """Who was missed; a read that opens has three custodians at least."""
    try:
        given = opened(keepers)
    except TooFewShares as error:
        names = tuple(str(error.details["missing"]).split(", "))
        return names if len(names) > 2 else ("opened not, and could",)
    return given.missing if len(given.missing) <= 2 else ("opened, and could not",)


def test_after_a_partition_the_same_keepers_open_again() -> None:
    with door(silent) as url, pytest.raises(TooFewShares):
        opened(cut(url, "c1", "c2", "c3"))

    assert opened(scene().keepers).missing == ()
