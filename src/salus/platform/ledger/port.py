"""The port: what Salus asks of a ledger, whoever carries it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey

GAS = 3_000_000  # what a verb may use unless its call says otherwise


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Call:
    """`to` is empty when `input` creates a contract."""

    to: bytes
    input: bytes
    gas: int = GAS


@dataclass(frozen=True, slots=True)
class Event:
    address: Address
    topics: tuple[bytes, ...]
    body: bytes
    block: Block
    tx: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """`revert` holds the contract's error when not `ok`."""

    tx: bytes
    ok: bool
    block: Block
    gas_used: int
    revert: bytes
    events: tuple[Event, ...]


class Ledger(Protocol):
    chain_id: int
    genesis: bytes

    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        """Send each call as a transaction of the relayer, or of another key where the contract
        looks at who sends; durable at the engine on return.
        """

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]: ...

    def settled(self, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
        """The receipts once each is in a final block. Raises NotFinal after some seconds."""

    def call(self, views: Sequence[Call], *, at: Block) -> list[bytes]:
        """The answers of views at one block. Raises StateGone and TransactionRefused."""

    def events(
        self, *, first: int, last: int, contracts: Collection[Address]
    ) -> Iterator[Event]: ...

    def head(self) -> Block: ...

    def final(self) -> Block:
        """The last block that can no longer change."""

    def block(self, number: int) -> Block | None: ...

    def next_address(self, ahead: int) -> Address:
        """Where the relayer's next but `ahead` creation will stand."""

    def code_hash(self, address: Address) -> bytes:
        """Keccak-256 of the code at the head."""

    def advance(self) -> None:
        """An idle embedded chain adds an empty block; a network does by itself."""

    def close(self) -> None: ...
