"""Blocks, transactions and receipts of the embedded chain as Ethereum's JSON-RPC writes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import rlp
from salus.platform.ledger.log import Signed
from salus.platform.ledger.port import Block, Event, Receipt
from salus.platform.ledger.transactions import MAX_GAS, Transaction, created_address
from salus.platform.ledger.wire import quantity, to_hex

Json = dict[str, Any]
BLOCK_GAS = 10 * MAX_GAS
ZERO = to_hex(bytes(32))
NO_UNCLES = to_hex(keccak256(rlp.sequence(())))
NO_TRIE = to_hex(keccak256(rlp.string(b"")))


def block(
    header: Block, parent: Block | None, signed: Sequence[Signed], receipts: Sequence[Receipt]
) -> Json:
    """A header with every member a client may look for; `transactions` holds hashes.

    The embedded chain keeps no state tree: those roots are zero.
    """
    events = [event for receipt in receipts for event in receipt.events]
    return {
        "number": quantity(header.number),
        "hash": to_hex(header.hash),
        "parentHash": to_hex(parent.hash) if parent else ZERO,
        "timestamp": quantity(header.time),
        "transactions": [to_hex(tx.hash) for tx, _ in signed],
        "gasUsed": quantity(sum(receipt.gas_used for receipt in receipts)),
        "gasLimit": quantity(BLOCK_GAS),
        "size": quantity(sum(len(raw) for _, raw in signed)),
        "logsBloom": to_hex(_bloom(events)),
        "nonce": to_hex(bytes(8)),
        "miner": to_hex(bytes(20)),
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "baseFeePerGas": "0x0",
        "extraData": "0x",
        "mixHash": ZERO,
        "stateRoot": ZERO,
        "transactionsRoot": NO_TRIE,
        "receiptsRoot": NO_TRIE,
        "sha3Uncles": NO_UNCLES,
        "uncles": [],
        "withdrawals": [],
        "withdrawalsRoot": NO_TRIE,
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": ZERO,
    }


def transaction(header: Block, position: int, signed: Signed, chain_id: int) -> Json:
    tx, raw = signed
    fields = rlp.flat(raw[1:], empty_list_at=8)
    price, parity = quantity(int.from_bytes(fields[3], "big")), _number(fields[9])
    return {
        **_place(header, position),
        "hash": to_hex(tx.hash),
        "from": to_hex(tx.sender),
        "to": _receiver(tx),
        "nonce": quantity(tx.nonce),
        "gas": quantity(tx.gas),
        "input": to_hex(tx.input),
        "value": "0x0",
        "type": "0x2",
        "chainId": quantity(chain_id),
        "gasPrice": price,
        "maxFeePerGas": price,
        "maxPriorityFeePerGas": _number(fields[2]),
        "accessList": [],
        "yParity": parity,
        "v": parity,
        "r": _number(fields[10]),
        "s": _number(fields[11]),
    }


def receipt(position: int, tx: Transaction, own: Receipt, gas_before: int) -> Json:
    """`revertReason` is not standard; Besu has it under this name."""
    created = to_hex(created_address(tx.sender, tx.nonce)) if not tx.to and own.ok else None
    return {
        **_place(own.block, position),
        "transactionHash": to_hex(tx.hash),
        "from": to_hex(tx.sender),
        "to": _receiver(tx),
        "contractAddress": created,
        "status": quantity(int(own.ok)),
        "gasUsed": quantity(own.gas_used),
        "cumulativeGasUsed": quantity(gas_before + own.gas_used),
        "effectiveGasPrice": "0x0",
        "type": "0x2",
        "logs": [log(event, position) for event in own.events],
        "logsBloom": to_hex(_bloom(own.events)),
    } | ({} if own.ok else {"revertReason": to_hex(own.revert)})


def log(event: Event, position: int) -> Json:
    return {
        **_place(event.block, position),
        "transactionHash": to_hex(event.tx),
        "blockTimestamp": quantity(event.block.time),
        "address": to_hex(event.address),
        "topics": [to_hex(topic) for topic in event.topics],
        "data": to_hex(event.body),
        "logIndex": quantity(event.index),
        "removed": False,
    }


def _place(header: Block, position: int) -> Json:
    return {
        "blockNumber": quantity(header.number),
        "blockHash": to_hex(header.hash),
        "transactionIndex": quantity(position),
    }


def _receiver(tx: Transaction) -> str | None:
    return to_hex(tx.to) if tx.to else None


def _number(field: bytes) -> str:
    return quantity(int.from_bytes(field, "big"))


def _bloom(events: Iterable[Event]) -> bytes:
    """The 2,048 bits by which clients skip blocks (yellow paper, section 4.3.1)."""
    bits = 0
    for event in events:
        for entry in (event.address, *event.topics):
            hashed = keccak256(entry)
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(hashed[at : at + 2], "big") & 2047)
    return bits.to_bytes(256, "big")
