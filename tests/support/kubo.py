"""Kubo: the real node in a process of its own, and a twin that answers the same verbs the same way.

The twin passes the same suite as the node (`make test-deep` runs both). It keeps blocks in memory,
hashes them itself, and refuses what the node refuses: to pin what is not there, to remove what is
pinned, to unpin what is not.
"""

import base64
import json
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request, Response

from tests.support.buckets import free_port, until_open
from tools.servers import KUBO, built

QUIET = subprocess.DEVNULL


@dataclass(slots=True)
class Twin:
    """`lies` answers other bytes for a block, `room` is how many bytes still fit."""

    blocks: dict[str, bytes] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    lies: dict[str, bytes] = field(default_factory=dict)
    room: int = 2**40

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        for verb in ("block/put", "block/get", "block/rm"):
            app.post(f"/api/v0/{verb}")(self._door(verb))
        for verb in ("pin/add", "pin/rm", "pin/ls"):
            app.post(f"/api/v0/{verb}")(self._door(verb))
        return app

    def _door(self, verb: str) -> Callable[[Request], Awaitable[Response]]:
        act = getattr(self, verb.replace("/", "_"))

        async def answer(request: Request) -> Response:
            assert request.query_params["offline"] == "true", "nothing is asked for in the world"
            sent = _parts(request.headers.get("content-type", ""), await request.body())
            try:
                content = act(request.query_params.getlist("arg"), request.query_params, sent)
            except LookupError as error:
                said = {"Message": str(error.args[0]), "Code": 0, "Type": "error"}
                return Response(json.dumps(said), 500)
            return Response(content)

        return answer

    def block_put(self, _cids: list[str], how: dict[str, str], sent: list[bytes]) -> bytes:
        assert how["mhtype"] == "sha2-256"
        lines = []
        for block in sent:
            self.room -= len(block)
            if self.room < 0:
                raise LookupError("write /blocks/put-1: no space left on device")
            cid = _cid(block, how["cid-codec"])
            self.blocks[cid] = block
            lines.append(json.dumps({"Key": cid, "Size": len(block)}))
        return "\n".join(lines).encode()

    def block_get(self, cids: list[str], *_: object) -> bytes:
        return self.lies.get(cids[0]) or self._block(cids[0])

    def block_rm(self, cids: list[str], *_: object) -> bytes:
        held = {each for cid in self.pins for each in (cid, *_links(self.blocks.get(cid, b"")))}
        lines = []
        for cid in cids:
            if cid in held:
                lines.append(json.dumps({"Hash": cid, "Error": "pinned: recursive"}))
            elif self.blocks.pop(cid, None) is not None:
                lines.append(json.dumps({"Hash": cid}))
        return "\n".join(lines).encode()

    def pin_add(self, cids: list[str], how: dict[str, str], _sent: object) -> bytes:
        for cid in cids:
            for each in (cid, *_links(self._block(cid))):
                self._block(each)
            self.pins[cid] = how["name"]
        return json.dumps({"Pins": cids}).encode()

    def pin_rm(self, cids: list[str], *_: object) -> bytes:
        if cids[0] not in self.pins:
            raise LookupError("not pinned or pinned indirectly")
        del self.pins[cids[0]]
        return b"{}"

    def pin_ls(self, cids: list[str], how: dict[str, str], _sent: object) -> bytes:
        if cids:
            if cids[0] not in self.pins:
                raise LookupError(f"path '/ipfs/{cids[0]}' is not pinned")
            return json.dumps({"Keys": {cids[0]: {"Type": "recursive"}}}).encode()
        found = [(cid, name) for cid, name in self.pins.items() if how["name"] in name]
        lines = (json.dumps({"Cid": cid, "Type": "recursive", "Name": n}) for cid, n in found)
        return "\n".join(lines).encode()

    def _block(self, cid: str) -> bytes:
        if cid not in self.blocks:
            raise LookupError(f"block was not found locally (offline): ipld: could not find {cid}")
        return self.blocks[cid]


def _parts(kind: str, body: bytes) -> list[bytes]:
    """Of a form with files, RFC 7578."""
    if "boundary=" not in kind:
        return []
    parts = body.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]
    return [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts]


def _cid(block: bytes, codec: str = "raw") -> str:
    head = {"raw": "01551220", "dag-cbor": "01711220"}[codec]
    return _text(bytes.fromhex(head) + sha256(block).digest())


def _text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _links(block: bytes) -> list[str]:
    """What a list in DAG-CBOR names; nothing for a raw block, which never has such a head."""
    return [_text(each[:36]) for each in block.split(bytes.fromhex("d82a582500"))[1:]]


@contextmanager
def kubo_node(root: Path) -> Iterator[str]:
    """The URL of a real node that talks to nobody: no peers, no routing, loopback only."""
    api, environment = free_port(), os.environ | {"IPFS_PATH": str(root)}
    binary = str(built(KUBO))
    subprocess.run([binary, "init", "--profile=test"], env=environment, check=True, stdout=QUIET)
    for setting, value in (
        ("Addresses.API", f'"/ip4/127.0.0.1/tcp/{api}"'),
        ("Addresses.Gateway", "[]"),
        ("Addresses.Swarm", "[]"),
        ("Routing.Type", '"none"'),
    ):
        command = [binary, "config", "--json", setting, value]
        subprocess.run(command, env=environment, check=True, stdout=QUIET)
    process = subprocess.Popen([binary, "daemon"], env=environment, stdout=QUIET, stderr=QUIET)
    try:
        until_open(api, process)
        yield f"http://127.0.0.1:{api}"
    finally:
        process.terminate()
        process.wait()
