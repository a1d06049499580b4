"""What comes from a proposer may be anything; only a whole payload gets through."""

import zlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.surfaces.validator import payload as module
from salus.surfaces.validator.errors import Oversized, Refused, Undecodable
from salus.surfaces.validator.payload import LIMIT, PACKED_LIMIT, pack, read, unpack
from salus.surfaces.validator.tests.pretended import GENESIS, payload_on

GOOD = payload_on({"number": "0x4", "hash": GENESIS, "timestamp": "0x6"})
WRONG: dict[str, list[Any]] = {
    "parentHash": ["0x11", GENESIS.upper(), GENESIS + "11", None, 1, [], "0x" + "1g" * 32],
    "feeRecipient": ["0x00", 0, "0x" + "0" * 41],
    "prevRandao": ["0x", None],
    "logsBloom": ["0x" + "00" * 255, {}],
    "blockNumber": ["0x05", "5", 5, "0x", "-0x5", "0x" + "f" * 65, "0xF", "0x5 ", None],
    "gasLimit": ["0x00", True],
    "timestamp": ["0x 1", "0x1\n", 1.5],
    "extraData": ["0x1", "11", 1],
    "transactions": [None, "0x02", [2], ["02"], ["0x2"], ["0xZZ"], [None], {"0": "0x02"}],
    "withdrawals": [None, {}, "[]"],
    "blobGasUsed": [None, 0],
    "blockHash": [GENESIS[:-1], GENESIS[2:]],
}


def raw(document: Any) -> bytes:
    return zlib.compress(orjson.dumps(document))


@pytest.mark.parametrize(
    ("member", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_member_of_another_form_is_refused_by_name(member: str, value: Any) -> None:
    with pytest.raises(Undecodable) as refused:
        unpack(raw(GOOD | {member: value}))

    assert {"member": member} == refused.value.details


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_payload_without_a_member_is_refused(name: str) -> None:
    with pytest.raises(Undecodable):
        read({key: value for key, value in GOOD.items() if key != name})


def test_a_payload_with_a_member_more_is_refused() -> None:
    with pytest.raises(Undecodable):
        read(GOOD | {"requestsHash": GENESIS})


@pytest.mark.parametrize("document", [None, [], "payload", 5, {}, [GOOD]])
def test_what_is_no_payload_is_refused(document: Any) -> None:
    with pytest.raises(Undecodable):
        unpack(raw(document))


def test_what_was_packed_comes_out_the_same() -> None:
    found = unpack(pack(read(GOOD)))

    assert GOOD == found.document
    assert (5, 7, 1) == (found.number, found.time, found.transactions)


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = zlib.compress(bytes(LIMIT + 1))

    assert len(bomb) < 50_000
    with pytest.raises(Oversized):
        unpack(bomb)


def test_a_packed_payload_beyond_the_limit_is_not_even_opened() -> None:
    with pytest.raises(Oversized):
        unpack(bytes(PACKED_LIMIT + 1))


def test_bytes_behind_a_payload_are_refused() -> None:
    with pytest.raises(Undecodable):
        unpack(pack(read(GOOD)) + b"!")


def test_half_a_payload_is_refused() -> None:
    whole = pack(read(GOOD))

    for size in range(len(whole)):
        with pytest.raises(Undecodable):
            unpack(whole[:size])


def test_nested_json_is_refused_and_does_not_exhaust_the_stack() -> None:
    with pytest.raises(Undecodable):
        unpack(zlib.compress(b"[" * 100_000))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        unpack(content)


@given(st.integers(min_value=0), st.integers(0, 255), st.sampled_from((0, 1)))
def test_a_payload_with_a_changed_byte_is_refused_or_is_whole(
    place: int, byte: int, inside: int
) -> None:
    content = bytearray(orjson.dumps(GOOD) if inside else pack(read(GOOD)))
    content[place % len(content)] = byte

    try:
        found = unpack(zlib.compress(bytes(content)) if inside else bytes(content))
    except Refused:
        return

    assert module.read(found.document) == found


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(GOOD)), _values)
def test_any_value_in_any_member_is_refused_or_stays_what_it_is(name: str, value: Any) -> None:
    document = GOOD | {name: value}

    try:
        found = read(document)
    except Undecodable:
        return

    assert document == found.document
