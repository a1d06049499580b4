"""Blocks, receipts and events as nodes write them. What does not fit is a ValueError or alike."""

from collections.abc import Callable
from typing import Any

from salus.kernel.ids import Address
from salus.platform.ledger.port import Block, Event
from salus.platform.ledger.wire import to_bytes, to_int

Json = dict[str, Any]
BlockOf = Callable[[Json], Block]


def read_block(header: Json) -> Block:
    return Block(to_int(header["number"]), to_bytes(header["hash"]), to_int(header["timestamp"]))


def read_event(log: Json, block_of: BlockOf) -> Event:
    """`block_of` finds the block that a log or a receipt names."""
    return Event(
        Address(to_bytes(log["address"])),
        tuple(map(to_bytes, log["topics"])),
        to_bytes(log["data"]),
        block_of(log),
        to_bytes(log["transactionHash"]),
        to_int(log["logIndex"]),
    )
