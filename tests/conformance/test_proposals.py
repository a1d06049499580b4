"""Blocks of a validator that lies, offered to the bridge and the real execution client.

The test is CometBFT: it speaks ABCI to the bridge.
"""

import secrets
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from salus.kernel.clock import SystemClock, seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Digest
from salus.platform.ledger import Call
from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.framing import framed
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.payload import PACKED_LIMIT, pack, read, unpack
from salus.surfaces.validator.rules import mix
from tests.support.headers import block_hash
from tests.support.validating import BRIDGE, CLIENT, STORE, Validator, founded, until

ACCEPT, REJECT = 1, 2
Json = dict[str, Any]


class Consensus:
    """What CometBFT says to its application."""

    def __init__(self, made: Validator) -> None:
        peer = made.network.peer(made.folder.name)
        assert peer is not None
        self._socket = socket.create_connection(("127.0.0.1", peer.ports.abci), timeout=60)
        self._reader = self._socket.makefile("rb")

    def ask(self, **request: Any) -> Any:
        (kind,) = request
        self._socket.sendall(framed(messages.Request(**request)))
        answer = messages.Response.FromString(self._reader.read(self._size()))
        return getattr(answer, kind)

    def _size(self) -> int:
        size = shift = 0
        while True:
            (byte,) = self._reader.read(1)
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return size

    def propose(self) -> list[bytes]:
        asked = messages.RequestPrepareProposal(max_tx_bytes=2**22, height=1, time=now())
        return list(self.ask(prepare_proposal=asked).txs)

    def judge(self, *transactions: bytes) -> int:
        asked = messages.RequestProcessProposal(txs=transactions, height=1, time=now())
        return int(self.ask(process_proposal=asked).status)

    def close(self) -> None:
        self._reader.close()
        self._socket.close()


def now() -> Timestamp:
    return Timestamp(seconds=seconds(SystemClock().now()) - 5)


@contextmanager
def _consensus(made: Validator) -> Iterator[Consensus]:
    made.start(CLIENT, BRIDGE)
    until(lambda: made.ask("eth_chainId"), "the client answers")
    until(lambda: "waits for CometBFT" in made.log(BRIDGE), "the bridge listens")
    talking = Consensus(made)
    try:
        yield talking
    finally:
        talking.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    with founded(tmp_path_factory.mktemp("proposals")) as one:
        yield one


@pytest.fixture(scope="module")
def consensus(made: Validator) -> Iterator[Consensus]:
    with _consensus(made) as talking:
        info = talking.ask(info=messages.RequestInfo())
        chain = talking.ask(init_chain=messages.RequestInitChain())
        assert (0, made.network.genesis) == (info.last_block_height, chain.app_hash)
        yield talking


@pytest.fixture(scope="module")
def good(made: Validator, consensus: Consensus) -> Json:
    """What an honest validator proposes: one transaction."""
    made.send([Call(b"", STORE, 200_000)])
    (packed,) = until(consensus.propose, "something is proposed")
    return dict(unpack(packed).document)


def packed(good: Json, **changed: Any) -> bytes:
    """A payload whose hash is right again after the change."""
    whole = good | changed
    return pack(read(whole | {"blockHash": to_hex(block_hash(whole))}))


def test_the_hash_of_an_honest_block_is_what_we_compute(good: Json) -> None:
    assert good["blockHash"] == to_hex(block_hash(good))


def test_an_honest_block_is_accepted(consensus: Consensus, good: Json) -> None:
    assert consensus.judge(packed(good)) == ACCEPT


FALSE_ROOT = "0x" + "5a" * 32
LIES: dict[str, Json] = {
    "invalid_state": {"stateRoot": FALSE_ROOT},
    "invalid_receipts": {"receiptsRoot": FALSE_ROOT},
    "invalid_gas_used": {"gasUsed": "0x5208"},
    "invalid_base_fee": {"baseFeePerGas": "0x1"},
    "invalid_transaction": {"transactions": ["0x02c0"]},
    "replayed_transaction": {},
    "foreign_parent": {"parentHash": "0x" + "77" * 32},
    "foreign_number": {"blockNumber": "0x2"},
    "foreign_recipient": {"feeRecipient": "0x" + "66" * 20},
    "foreign_mix": {"prevRandao": FALSE_ROOT},
    "more_gas": {"gasLimit": hex(100_000_000)},
    "empty": {"transactions": []},
    "blobs": {"blobGasUsed": "0x20000"},
    "excess_blobs": {"excessBlobGas": "0x20000"},
    "withdrawals": {
        "withdrawals": [
            {"index": "0x0", "validatorIndex": "0x0", "address": "0x" + "66" * 20, "amount": "0x1"}
        ]
    },
}


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_block_that_lies_is_refused(consensus: Consensus, good: Json, name: str) -> None:
    change = dict(LIES[name])
    if name == "replayed_transaction":
        change["transactions"] = good["transactions"] * 2

    assert consensus.judge(packed(good, **change)) == REJECT
    assert consensus.judge(packed(good)) == ACCEPT


@pytest.mark.parametrize("ahead", [10, 600, 2**40])
def test_a_block_of_the_future_is_refused(consensus: Consensus, good: Json, ahead: int) -> None:
    later = seconds(SystemClock().now()) + ahead

    assert consensus.judge(packed(good, timestamp=hex(later))) == REJECT


def test_a_block_of_the_past_is_refused(consensus: Consensus, good: Json) -> None:
    assert consensus.judge(packed(good, timestamp=hex(1))) == REJECT


def test_a_block_with_the_hash_of_another_is_refused(consensus: Consensus, good: Json) -> None:
    changed = good | {"extraData": "0x00"}

    assert consensus.judge(pack(read(changed))) == REJECT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        secrets.token_bytes(1_000),
        zlib.compress(b"{}"),
        zlib.compress(b"[" * 10_000),
        zlib.compress(bytes(64 * 2**20)),
        bytes(PACKED_LIMIT + 1),
    ],
    ids=["nothing", "bare", "random", "no members", "nested", "bomb", "oversized"],
)
def test_what_is_no_block_is_refused(consensus: Consensus, good: Json, content: bytes) -> None:
    assert consensus.judge(content) == REJECT
    assert consensus.judge(packed(good)) == ACCEPT


def test_two_blocks_in_one_are_refused(consensus: Consensus, good: Json) -> None:
    assert consensus.judge(packed(good), packed(good)) == REJECT


def test_after_all_lies_the_honest_block_is_decided(
    made: Validator, consensus: Consensus, good: Json
) -> None:
    asked = messages.RequestFinalizeBlock(height=1, txs=[packed(good)], time=now())
    said = consensus.ask(finalize_block=asked)
    consensus.ask(commit=messages.RequestCommit())
    head = Head(1, Digest(said.app_hash), int(good["timestamp"], 16))

    assert good["blockHash"] == to_hex(said.app_hash)
    assert 1 == made.head()
    assert mix(head) != mix(Head(0, made.network.genesis, 0))


def test_a_bridge_that_loses_comet_ends(made: Validator, consensus: Consensus) -> None:
    consensus.close()

    assert made.ended(BRIDGE) == 4
