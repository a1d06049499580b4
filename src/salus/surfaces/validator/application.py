"""The verbs of ABCI. Every answer is certain: what is in doubt raises Ended and gets no answer."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import orjson

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Digest
from salus.platform.observe import log
from salus.surfaces.validator.abci import PublicKey, messages
from salus.surfaces.validator.counters import Counters
from salus.surfaces.validator.deciding import Deciding
from salus.surfaces.validator.errors import (
    AnotherChain,
    ExecutionUnreachable,
    NothingStaged,
    OutOfOrder,
)
from salus.surfaces.validator.execution import Execution
from salus.surfaces.validator.heads import Heads
from salus.surfaces.validator.healing import Healing
from salus.surfaces.validator.membership import Membership
from salus.surfaces.validator.model import Bridge, Head
from salus.surfaces.validator.proposing import Proposing
from salus.surfaces.validator.rules import Terms
from salus.surfaces.validator.waking import Waking, is_wake

VERSION = 1
_TENDING_SECONDS = 1.0


class Application:
    """What CometBFT asks, in the order in which it asks."""

    def __init__(
        self,
        bridge: Bridge,
        *,
        heads: Heads,
        execution: Execution,
        healing: Healing,
        proposing: Proposing,
        deciding: Deciding,
        membership: Membership,
        waking: Waking,
        counters: Counters,
    ) -> None:
        self._bridge, self._heads, self._execution = bridge, heads, execution
        self._healing, self._proposing, self._deciding = healing, proposing, deciding
        self._membership, self._waking, self._counters = membership, waking, counters
        self._agreed = False
        self._height, self._head = 0, Head(0, Digest(bytes(32)), 0)
        self._staged: tuple[int, Head] | None = None
        self._busy = asyncio.Lock()

    # START

    async def info(self, _asked: Any) -> Any:
        """The first question after every start: how far we are."""
        if not self._agreed:
            await self._start()
            self._agreed = True
            log("agreed", block=self._head.number, height=self._height)
        return messages.ResponseInfo(
            data="salus",
            app_version=VERSION,
            last_block_height=self._height,
            last_block_app_hash=self._head.hash if self._height else b"",
        )

    async def _start(self) -> None:
        async def step() -> bool:
            genesis = await self._execution.block(0)
            if genesis is None:
                return False
            if self._heads.last() is None:
                self._heads.put(0, genesis)
            elif self._heads.at(0) != genesis:
                raise AnotherChain
            await self._healing.agree()
            return True

        await self._deciding.until(step, block=0)
        last = self._heads.last()
        assert last is not None, "it begins with genesis"
        self._height, self._head = last
        self._waking.look_at(self._height, self._head.number)

    async def init_chain(self, asked: Any) -> Any:
        """Height 0: keep who votes at genesis, and bind consensus to the execution genesis."""
        self._heads.found({each.pub_key.ed25519: each.power for each in asked.validators})
        return messages.ResponseInitChain(app_hash=self._head.hash)

    # POOL

    async def check_tx(self, asked: Any) -> Any:
        """Only wake-ups get into CometBFT's pool, and none into a block."""
        return messages.ResponseCheckTx(code=0 if is_wake(asked.tx, self._height) else 1)

    # CONSENSUS

    def _terms(self, asked: Any) -> Terms:
        bridge = self._bridge
        return Terms(self._head, asked.time.seconds, bridge.fee_recipient, bridge.gas_limit)

    async def prepare_proposal(self, asked: Any) -> Any:
        async with self._busy:
            proposed = await self._proposing.propose(self._terms(asked), limit=asked.max_tx_bytes)
        return messages.ResponsePrepareProposal(txs=proposed)

    async def process_proposal(self, asked: Any) -> Any:
        async with self._busy:
            good = await self._proposing.judge(list(asked.txs), self._terms(asked))
        return messages.ResponseProcessProposal(status="ACCEPT" if good else "REJECT")

    async def finalize_block(self, asked: Any) -> Any:
        """May be asked again for a height that was not committed, with the same effect."""
        if asked.height != self._height + 1:
            raise OutOfOrder(found=asked.height, expected=self._height + 1)
        async with self._busy:
            head = await self._deciding.execute(asked.height, list(asked.txs), self._terms(asked))
            updates = await self._updates(head)
        self._staged = asked.height, head
        self._counters.decided += 1
        self._note(asked.misbehavior)
        return messages.ResponseFinalizeBlock(
            app_hash=head.hash,
            tx_results=[messages.ExecTxResult() for _ in asked.txs],
            validator_updates=[
                messages.ValidatorUpdate(pub_key=PublicKey(ed25519=key), power=power)
                for key, power in updates.items()
            ],
        )

    def _note(self, misbehavior: Iterable[Any]) -> None:
        """Who voted twice for one height is proven here; what follows is for the governors."""
        for each in misbehavior:
            self._counters.misbehaved += 1
            voter = each.validator.address.hex()
            log("voted-twice", level="error", peer=voter, height=each.height)

    async def _updates(self, head: Head) -> Mapping[bytes, int]:
        found: Mapping[bytes, int] = {}

        async def step() -> bool:
            nonlocal found
            found = await self._membership.updates(self._heads.founders(), self._head, head)
            return True

        await self._deciding.until(step, block=head.number)
        return found

    async def commit(self, _asked: Any) -> Any:
        if self._staged is None:
            raise NothingStaged
        self._heads.put(*self._staged)
        (self._height, self._head), self._staged = self._staged, None
        self._waking.look_at(self._height, self._head.number)
        return messages.ResponseCommit()

    async def tend(self) -> None:
        """For ever: see that the client stands where it must, also while consensus sleeps.

        A client that lost blocks would hold what it is sent for too early, and wake nobody.
        """
        while True:
            await asyncio.sleep(_TENDING_SECONDS)
            if self._agreed:
                await self.tend_once()

    async def tend_once(self) -> None:
        with suppress(ExecutionUnreachable):
            async with self._busy:
                if not await self._execution.holds(self._head):
                    await self._healing.restore(self._head)

    # THE REST

    async def query(self, _asked: Any) -> Any:
        """Where the bridge is and what it counted, for whoever watches; a JSON object."""
        shown = {
            "height": self._height,
            "number": self._head.number,
            "hash": to_hex(self._head.hash),
            **self._counters.shown(),
        }
        return messages.ResponseQuery(height=self._height, value=orjson.dumps(shown))

    async def echo(self, asked: Any) -> Any:
        return messages.ResponseEcho(message=asked.message)

    async def flush(self, _asked: Any) -> Any:
        return messages.ResponseFlush()

    async def list_snapshots(self, _asked: Any) -> Any:
        return messages.ResponseListSnapshots()

    async def offer_snapshot(self, _asked: Any) -> Any:
        return messages.ResponseOfferSnapshot(result="REJECT")

    async def load_snapshot_chunk(self, _asked: Any) -> Any:
        return messages.ResponseLoadSnapshotChunk()

    async def apply_snapshot_chunk(self, _asked: Any) -> Any:
        return messages.ResponseApplySnapshotChunk(result="ABORT")

    async def extend_vote(self, _asked: Any) -> Any:
        return messages.ResponseExtendVote()

    async def verify_vote_extension(self, _asked: Any) -> Any:
        return messages.ResponseVerifyVoteExtension(status="ACCEPT")
