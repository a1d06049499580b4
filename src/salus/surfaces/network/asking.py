"""What the programs of one validator answer about themselves."""

from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from salus.kernel.encoding import to_hex
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.holding import holder
from salus.surfaces.network.model import Peer

_SECONDS = 2.0
_NEAR = 3  # blocks that may be made while two questions are asked


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one validator is. `height` counts decisions, `number` blocks with transactions.

    `in_step`: its execution client stands where its bridge was told to. `power` is its vote now.
    """

    name: str
    running: bool
    ready: bool
    height: int
    number: int
    head: str
    in_step: bool
    catching_up: bool
    peers: int
    client_peers: int
    power: int
    disk: int


def standing(folder: Folder) -> Standing:
    """Zeros for what does not answer."""
    peer = folder.read().peer(folder.name)
    assert peer is not None, "a folder is named after its validator"
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        comet = _Comet(client, peer)
        status, bridge = comet.ask("status"), comet.ask("abci_info")
        told = _hash_of(bridge)
        block, known, count = ask_client(
            client,
            peer,
            ("eth_getBlockByNumber", ["latest", False]),
            ("eth_getBlockByHash", [told, False]),
            ("net_peerCount", []),
        )
        info = comet.ask("net_info")
    sync = status.get("sync_info", {})
    number, in_step = _number(block), _is_near(known, block)
    catching_up = bool(sync.get("catching_up", True))
    height = int(sync.get("latest_block_height", 0))
    return Standing(
        name=folder.name,
        running=holder(folder) is not None,
        ready=in_step and not catching_up and height > 0,
        height=height,
        number=number,
        head=block["hash"] if block else "",
        in_step=in_step,
        catching_up=catching_up,
        peers=int(info.get("n_peers", 0)),
        client_peers=int(count or "0x0", 16),
        power=int(status.get("validator_info", {}).get("voting_power", 0)),
        disk=size_of(folder.engine),
    )


def _hash_of(bridge: dict[str, Any]) -> str:
    """The execution block that the bridge committed last."""
    raw = bridge.get("response", {}).get("last_block_app_hash")
    return to_hex(b64decode(raw)) if raw else to_hex(bytes(32))


def _number(block: dict[str, Any] | None) -> int:
    return int(block["number"], 16) if block else 0


def _is_near(told: dict[str, Any] | None, head: dict[str, Any] | None) -> bool:
    """A client that lost its last blocks is further away than one asked under load."""
    return bool(told and head) and abs(_number(told) - _number(head)) <= _NEAR


@dataclass(frozen=True, slots=True)
class _Comet:
    client: httpx.Client
    peer: Peer

    def ask(self, question: str) -> dict[str, Any]:
        try:
            answer = self.client.get(f"http://127.0.0.1:{self.peer.ports.comet}/{question}").json()
        except (httpx.HTTPError, ValueError):
            return {}
        found = answer.get("result") if isinstance(answer, dict) else None
        return found if isinstance(found, dict) else {}


def ask_client(client: httpx.Client, peer: Peer, *questions: tuple[str, list[object]]) -> list[Any]:
    """One batch; None for each when it does not answer."""
    batch = [
        {"jsonrpc": "2.0", "id": at, "method": method, "params": params}
        for at, (method, params) in enumerate(questions)
    ]
    try:
        answers = client.post(f"http://127.0.0.1:{peer.ports.rpc}", json=batch).json()
    except (httpx.HTTPError, ValueError):
        return [None] * len(questions)
    if not isinstance(answers, list):
        return [None] * len(questions)
    known = {each.get("id"): each.get("result") for each in answers if isinstance(each, dict)}
    return [known.get(at) for at in range(len(questions))]


def first_hash(peer: Peer) -> str | None:
    """The hash of the first block that an execution client has."""
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        (block,) = ask_client(client, peer, ("eth_getBlockByNumber", ["0x0", False]))
    return block["hash"] if isinstance(block, dict) else None


def size_of(path: Path) -> int:
    """Bytes below a folder; files that go away meanwhile count nothing."""
    total = 0
    for each in path.rglob("*"):
        try:
            total += each.lstat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total
