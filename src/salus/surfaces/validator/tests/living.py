"""A bridge whose execution client and CometBFT are pretended, lived through in one event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from salus.kernel.clock import ManualClock
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.surfaces.validator.abci import PublicKey, messages
from salus.surfaces.validator.application import Application
from salus.surfaces.validator.counters import Counters
from salus.surfaces.validator.deciding import Deciding
from salus.surfaces.validator.heads import Heads
from salus.surfaces.validator.model import Bridge, Head
from salus.surfaces.validator.payload import pack, read
from salus.surfaces.validator.rules import mix
from salus.surfaces.validator.running import Parts, assemble
from salus.surfaces.validator.tests.pretended import (
    GAS_LIMIT,
    SECRET,
    Client,
    Store,
    answering,
    payload_on,
)

FOUNDERS = {bytes([number]) * 32: 10 for number in (1, 2, 3, 4)}
FEES = Address(bytes(19) + b"\x01")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
UNIX = int(NOW.timestamp())


def bridge_at(url: str, folder: Path, *, organizations: str = "") -> Bridge:
    folder.joinpath("jwt.hex").write_text(SECRET.hex())
    return Bridge(
        abci="127.0.0.1:0",
        engine=url,
        rpc=url,
        ws=url.replace("http", "ws"),
        jwt=str(folder / "jwt.hex"),
        comet=url,
        database=str(folder / "bridge.db"),
        fee_recipient=FEES,
        gas_limit=GAS_LIMIT,
        drift_milliseconds=1000,
        skew_milliseconds=2000,
        organizations=organizations,
    )


@dataclass(slots=True)
class Life:
    """One process of a bridge; CometBFT is the test."""

    client: Client
    store: Store
    bridge: Bridge
    parts: Parts
    clock: ManualClock
    height: int = 0
    replayed: list[Any] = field(default_factory=list)

    @property
    def application(self) -> Application:
        return self.parts.application

    @property
    def counters(self) -> Counters:
        return self.parts.counters

    @property
    def heads(self) -> Heads:
        return self.parts.heads

    async def begin(self) -> Any:
        """As CometBFT after its start: Info, InitChain at height 0, and what it has to replay."""
        info = await self.application.info(messages.RequestInfo())
        self.height = info.last_block_height
        if not self.height:
            validators = [
                messages.ValidatorUpdate(pub_key=PublicKey(ed25519=key), power=power)
                for key, power in FOUNDERS.items()
            ]
            await self.application.init_chain(messages.RequestInitChain(validators=validators))
        for height in sorted(each for each in self.store.blocks if each > self.height):
            self.replayed.append(await self.decide(self.store.blocks[height]))
        return info

    def payload(self, **members: Any) -> dict[str, Any]:
        """A good one on the head that the client has."""
        parent = self.client.chain[self.client.head]
        head = Head(int(parent["number"], 16), bytes.fromhex(parent["hash"][2:]), 0)  # type: ignore[arg-type]
        good = {
            "prevRandao": to_hex(mix(head)),
            "timestamp": hex(max(int(parent["timestamp"], 16) + 1, UNIX)),
        }
        return payload_on(parent, **(good | members))

    def packed(self, **members: Any) -> bytes:
        return pack(read(self.payload(**members)))

    async def propose(self, *, limit: int = 2**20) -> list[bytes]:
        asked = messages.RequestPrepareProposal(
            max_tx_bytes=limit, height=self.height + 1, time=Timestamp(seconds=UNIX - 5)
        )
        return list((await self.application.prepare_proposal(asked)).txs)

    async def judge(self, *transactions: bytes) -> bool:
        asked = messages.RequestProcessProposal(
            txs=transactions, height=self.height + 1, time=Timestamp(seconds=UNIX - 5)
        )
        said = await self.application.process_proposal(asked)
        return bool(said.status == 1)

    async def finalize(self, transactions: list[bytes], *, height: int = 0) -> Any:
        asked = messages.RequestFinalizeBlock(
            txs=transactions, height=height or self.height + 1, time=Timestamp(seconds=UNIX - 5)
        )
        return await self.application.finalize_block(asked)

    async def commit(self) -> None:
        await self.application.commit(messages.RequestCommit())
        self.height += 1

    async def decide(self, transactions: list[bytes]) -> Any:
        """Finalize and commit the next height, which CometBFT keeps."""
        self.store.blocks[self.height + 1] = transactions
        said = await self.finalize(transactions)
        await self.commit()
        return said

    async def grow(self, count: int) -> None:
        """Decide payloads, with an empty height after each as CometBFT makes it."""
        for _ in range(count):
            await self.decide([self.packed()])
            await self.decide([])


@dataclass(slots=True)
class World:
    """What outlives a bridge: the client, the store of CometBFT and the folder."""

    folder: Path
    url: str
    client: Client
    store: Store
    organizations: str = ""

    def live(self, life: Callable[[Life], Awaitable[None]]) -> None:
        """Start a bridge, live, and end it as a kill would: nothing more is written."""
        asyncio.run(self._live(life))

    async def _live(self, life: Callable[[Life], Awaitable[None]]) -> None:
        clock = ManualClock(NOW)
        bridge = bridge_at(self.url, self.folder, organizations=self.organizations)
        parts = assemble(bridge, clock, deciding=partial(Deciding, patience=0))
        try:
            await life(Life(self.client, self.store, bridge, parts, clock))
        finally:
            await parts.close()

    def write_bridge(self) -> Path:
        """`bridge.json`."""
        file = self.folder / "bridge.json"
        file.write_bytes(text(bridge_at(self.url, self.folder)))
        return file


@contextmanager
def world(folder: Path) -> Any:
    client, store = Client(), Store()
    with answering(client, store) as url:
        yield World(folder, url, client, store)
