"""Every door answers alike, from inside this process and over a socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import IPPROTO_TCP

import orjson
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from salus.kernel.errors import SalusError
from salus.platform.vault import BlobMissing
from salus.platform.web import (
    Peer,
    PeerFailed,
    PeerUnreachable,
    in_thread,
    limited_body,
    listen,
    listen_together,
    new_app,
)
from salus.platform.web.errors import AnswerTooLarge, BodyTooLarge


def door() -> FastAPI:
    app = new_app("test", body_limit=1000)

    @app.post("/echo")
    async def _echo(request: Request) -> Response:
        content = await limited_body(request, 100)
        return Response(await in_thread(lambda: content))

    @app.get("/missing/{number}")
    async def _missing(number: int) -> Response:
        raise BlobMissing(name=bytes([number]))

    @app.get("/burn")
    async def _burn() -> Response:
        raise RuntimeError("Ada Lovelace")

    return app


@contextmanager
def over_a_socket(app: FastAPI) -> Iterator[Peer]:
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    peer = Peer.at("echo", f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        yield peer
    finally:
        peer.close()
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def from_inside(app: FastAPI) -> Iterator[Peer]:
    peer = Peer.inside("echo", app)
    yield peer
    peer.close()


@pytest.fixture(params=[from_inside, over_a_socket], ids=["inside", "socket"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with request.param(door()) as made:
        yield made


def test_a_peer_gives_back_what_was_answered(peer: Peer) -> None:
    assert peer.post("/echo", b"hello") == b"hello"


def test_an_error_of_the_peer_is_the_same_error_here(peer: Peer) -> None:
    with pytest.raises(BlobMissing) as refused:
        peer.get("/missing/7")

    assert str(refused.value) == "The vault does not hold 0x07."


@pytest.mark.parametrize("size", [101, 1001])
def test_a_body_over_the_limit_is_refused(peer: Peer, size: int) -> None:
    with pytest.raises(BodyTooLarge):
        peer.post("/echo", b"x" * size)


def test_an_answer_over_the_limit_is_refused(peer: Peer) -> None:
    with pytest.raises(AnswerTooLarge):
        peer.post("/echo", b"x" * 50, limit=49)


def test_a_failure_shows_a_number_and_none_of_its_values(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SalusError) as refused:
        peer.get("/burn")
    logged = orjson.loads(capsys.readouterr().err)

    assert str(logged["incident"]) in str(refused.value)
    assert "Ada" not in str(refused.value) + str(logged)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [("/nowhere", 404, "no-such-address"), ("/missing/seven", 422, "bad-request")],
)
def test_every_refusal_is_a_problem(path: str, status: int, kind: str) -> None:
    peer = Peer.inside("echo", door())
    answer = peer._client.get(path)
    problem = orjson.loads(answer.content)
    peer.close()

    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/web/{kind}"
    assert "seven" not in answer.text


def test_every_answer_has_an_id_of_its_own() -> None:
    peer = Peer.inside("echo", door())
    ids = {peer._client.get("/nowhere").headers["x-request-id"] for _ in range(3)}
    peer.close()

    assert len(ids) == 3


def test_a_door_inside_a_door_is_reached() -> None:
    inner = Peer.inside("inner", door())
    outer_app = new_app("outer")

    @outer_app.get("/")
    async def _outer() -> Response:
        return Response(await in_thread(inner.post, "/echo", b"through"))

    outer = Peer.inside("outer", outer_app)
    answer = outer.get("/")
    outer.close()
    inner.close()

    assert answer == b"through"


def test_who_does_not_answer_is_named() -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    peer = Peer.at("c3", f"http://127.0.0.1:{port}")
    with pytest.raises(PeerUnreachable, match="c3"):
        peer.get("/")
    peer.close()


@pytest.mark.parametrize(
    "content",
    [
        b"not json",
        b"[]",
        b'{"type": "/problems/no-such/error", "details": {}}',
        b'{"type": "/problems/../x/y", "details": {}}',
        b'{"type": 7, "details": {}}',
        b'{"type": "/problems/vault/blob-missing", "details": {}}',
        b'{"type": "/problems/vault/blob-missing", "details": [1]}',
    ],
)
def test_a_problem_that_is_not_understood_is_a_failure_of_the_peer(content: bytes) -> None:
    async def lies(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": content})

    peer = Peer.inside("liar", lies)
    with pytest.raises(PeerFailed, match="liar answered with status 418"):
        peer.get("/")
    peer.close()


def test_what_is_answered_is_sent_at_once() -> None:
    """Asyncio sets TCP_NODELAY only where a socket names its protocol; else parts wait 40 ms."""
    listeners = [listen("127.0.0.1", 0), *listen_together("127.0.0.1", 0, 2)]
    protocols = {each.proto for each in listeners}
    for each in listeners:
        each.close()

    assert protocols == {IPPROTO_TCP}
