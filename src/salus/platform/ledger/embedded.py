"""An EVM in this process: pyrevm for the rules, an SQLite log for durability, replay on open."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Self

from salus.kernel.clock import Clock, seconds
from salus.kernel.ids import NOBODY, Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger.errors import BadTransaction, StateGone, TransactionRefused
from salus.platform.ledger.log import ChainLog, Signed
from salus.platform.ledger.machine import VIEW_GAS, Machine, Outcome
from salus.platform.ledger.port import Block, Call, Event, Receipt
from salus.platform.ledger.transactions import (
    Transaction,
    block_hash,
    created_address,
    intrinsic_gas,
    read,
    sign,
)
from salus.platform.ledger.waiting import polled
from salus.platform.operations import observed

CHAIN_ID = 7_254_881


class EmbeddedLedger:
    """The whole chain in one file with one writer; `:memory:` for tests.

    A submit is one block. It is in the file before it runs, so that whatever a reader saw happen
    is there after a crash. All methods may be called from any thread.
    """

    def __init__(
        self, path: Path | str, *, clock: Clock, relayer: SigningKey, chain_id: int = CHAIN_ID
    ) -> None:
        self.chain_id = chain_id
        self._clock, self._relayer, self._lock = clock, relayer, RLock()
        self._log = ChainLog(path, chain_id=chain_id, now=seconds(clock.now()))
        self._machine = Machine(chain_id)
        self.genesis = self._log.genesis.hash
        self._blocks = [self._log.genesis]
        self._numbers = {self.genesis: 0}
        self._receipts: dict[bytes, Receipt] = {}
        self._events: list[Event] = []
        try:
            for block, transactions in self._log.blocks():
                self._run(block, transactions)
        except BaseException:
            self.close()
            raise

    # WRITE

    @observed("ledger.submit")
    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        """Raises DiskFull; a call that fails is a receipt that is not `ok`."""
        with self._lock:
            key = by or self._relayer
            first = self._machine.nonce(key.address)
            return self._mine(
                [
                    sign(call, nonce=nonce, chain_id=self.chain_id, price=0, key=key)
                    for nonce, call in enumerate(calls, first)
                ]
            )

    def send_raw(self, raw: bytes) -> bytes:
        """Take a transaction that somebody else signed. Raises BadTransaction and DiskFull."""
        answer = self.send_many([raw])[0]
        if isinstance(answer, BadTransaction):
            raise answer
        return answer

    def send_many(self, raws: Sequence[bytes]) -> list[bytes | BadTransaction]:
        """Those that can be taken, in one block; for the others why not. Raises DiskFull."""
        with self._lock:
            taken: list[Signed] = []
            answers: list[bytes | BadTransaction] = []
            nonces: dict[Address, int] = {}
            for raw in raws:
                try:
                    tx = self._taken(raw, nonces)
                except BadTransaction as error:
                    answers.append(error)
                else:
                    nonces[tx.sender] = tx.nonce + 1
                    taken.append((tx, raw))
                    answers.append(tx.hash)
            self._mine(taken)
            return answers

    def _taken(self, raw: bytes, nonces: Mapping[Address, int]) -> Transaction:
        tx = read(raw, chain_id=self.chain_id)
        expected = nonces.get(tx.sender, self._machine.nonce(tx.sender))
        if tx.hash in self._receipts:
            raise BadTransaction(reason="already known")
        if tx.nonce != expected:
            word = "low" if tx.nonce < expected else "high"
            raise BadTransaction(reason=f"nonce too {word}: {tx.nonce}, not {expected}")
        if tx.gas < intrinsic_gas(tx.to, tx.input):
            raise BadTransaction(reason="intrinsic gas too low")
        return tx

    def advance(self) -> None:
        """An empty block, if the last one is a second old or more."""
        with self._lock:
            if seconds(self._clock.now()) > self.head().time:
                self._extend([])

    def _mine(self, transactions: Sequence[Signed]) -> list[bytes]:
        if transactions:
            self._extend(transactions)
        return [tx.hash for tx, _ in transactions]

    def _extend(self, transactions: Sequence[Signed]) -> None:
        head = self._blocks[-1]
        number, time = head.number + 1, max(seconds(self._clock.now()), head.time)
        hashes = [tx.hash for tx, _ in transactions]
        block = Block(number, block_hash(head.hash, number, time, hashes), time)
        self._log.append(block, transactions)
        self._run(block, transactions)

    def _run(self, block: Block, transactions: Sequence[Signed]) -> None:
        """Execute what the file holds, then show it to readers."""
        self._machine.begin(block.number, block.time)
        events: list[Event] = []
        for tx, _ in transactions:
            receipt = _receipt(tx.hash, block, self._machine.execute(tx), len(events))
            events += receipt.events
            self._receipts[tx.hash] = receipt
        self._events += events
        self._numbers[block.hash] = block.number
        self._blocks.append(block)

    # READ

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        return [self._receipts.get(each) for each in hashes]

    @observed("ledger.wait")
    def settled(self, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
        return polled(self, hashes, seconds=seconds)

    def call(self, views: Sequence[Call], *, at: Block) -> list[bytes]:
        with self._lock:
            if at.hash != self._blocks[-1].hash:
                raise StateGone(block=at.number)
            return [self._answer(view) for view in views]

    def _answer(self, view: Call) -> bytes:
        outcome = self._machine.view(view.to, view.input, gas=VIEW_GAS)
        if not outcome.ok:
            reason = "0x" + outcome.output.hex()
            raise TransactionRefused(contract="0x" + view.to.hex(), reason=reason)
        return outcome.output

    def attempt(self, call: Call, *, sender: Address = NOBODY) -> Outcome:
        """What a call would do at the head, with its gas; nothing of it stays."""
        with self._lock:
            if call.to:
                return self._machine.view(call.to, call.input, gas=call.gas, sender=sender)
            return self._machine.try_creation(call.input, gas=call.gas, sender=sender)

    def events(
        self, *, first: int, last: int, contracts: Collection[Address] | None
    ) -> Iterator[Event]:
        """Those of the blocks first to last; of all contracts when `contracts` is None."""
        wanted = None if contracts is None else set(contracts)
        start = bisect_left(self._events, first, key=lambda event: event.block.number)
        for at in range(start, len(self._events)):
            event = self._events[at]
            if event.block.number > last:
                return
            if wanted is None or event.address in wanted:
                yield event

    def head(self) -> Block:
        return self._blocks[-1]

    def final(self) -> Block:
        return self._blocks[-1]

    def block(self, number: int) -> Block | None:
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def block_of(self, hashed: bytes) -> Block | None:
        """The block with that hash."""
        number = self._numbers.get(hashed)
        return None if number is None else self._blocks[number]

    def transactions(self, number: int) -> list[Signed]:
        """The transactions of one block with their bytes."""
        with self._lock:
            return self._log.transactions(number)

    def nonce(self, account: bytes) -> int:
        with self._lock:
            return self._machine.nonce(account)

    def code(self, address: bytes) -> bytes:
        with self._lock:
            return self._machine.code(address)

    def storage(self, address: bytes, slot: int) -> int:
        with self._lock:
            return self._machine.word(address, slot)

    def code_hash(self, address: Address) -> bytes:
        return keccak256(self.code(address))

    def next_address(self, ahead: int) -> Address:
        sender = self._relayer.address
        return created_address(sender, self.nonce(sender) + ahead)

    def close(self) -> None:
        with self._lock:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _receipt(tx: bytes, block: Block, outcome: Outcome, first: int) -> Receipt:
    events = tuple(
        Event(log.address, log.topics, log.body, block, tx, index)
        for index, log in enumerate(outcome.logs, first)
    )
    return Receipt(tx, outcome.ok, block, outcome.gas_used, outcome.output, events)
