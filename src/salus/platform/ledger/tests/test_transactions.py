"""Transactions and their encoding, against the libraries of the Ethereum project."""

import pytest
import rlp as library
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.platform.ledger import rlp
from salus.platform.ledger.errors import BadTransaction
from salus.platform.ledger.port import Call
from salus.platform.ledger.tests.ledgered import CHAIN, KEY
from salus.platform.ledger.transactions import (
    MAX_INPUT,
    created_address,
    intrinsic_gas,
    read,
    sign,
)

STRINGS = st.one_of(st.binary(max_size=80), st.binary(min_size=250, max_size=300))


@settings(max_examples=200, deadline=None)
@given(st.lists(STRINGS, max_size=12))
def test_encoding_is_the_one_of_the_library(strings: list[bytes]) -> None:
    encoded = rlp.sequence([rlp.string(each) for each in strings])

    assert encoded == library.encode(strings)
    assert rlp.flat(encoded) == strings


@given(st.integers(0, 2**256 - 1))
def test_number_is_encoded_as_the_library_does(value: int) -> None:
    assert rlp.number(value) == library.encode(value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=9).map(lambda body: bytes([0xC0 + len(body)]) + body))
def test_reader_takes_only_what_it_would_write(raw: bytes) -> None:
    try:
        strings = rlp.flat(raw)
    except rlp.NotRlp:
        return

    assert raw == rlp.sequence([rlp.string(each) for each in strings])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80",
        b"\xc1",
        b"\xc2\x81\x05",  # a small byte in the long form
        b"\xf8\x01\x05",  # a short list in the long form
        b"\xc3\xb8\x01\x85",  # a short string in the long form
        b"\xc0\x00",  # something behind
        b"\xc2\xc1\x05",  # a list with members inside
        b"\xf9",
        b"\xc2\x83\x01",  # a string longer than its list
        b"\xc1\x82\x01\x02",
    ],
)
def test_anything_but_the_shortest_encoding_is_refused(raw: bytes) -> None:
    with pytest.raises(rlp.NotRlp):
        rlp.flat(raw)


CALLS = st.builds(
    Call,
    st.sampled_from([b"", b"\x0a" * 20]),
    st.binary(max_size=70),
    st.integers(0, 1_000_000),
)


@settings(max_examples=60, deadline=None)
@given(CALLS, st.integers(0, 2**40), st.integers(0, 2**70))
def test_foreign_library_reads_what_we_sign(call: Call, nonce: int, price: int) -> None:
    tx, raw = sign(call, nonce=nonce, chain_id=CHAIN, price=price, key=KEY)
    sender = Account.recover_transaction(raw)

    assert sender.lower() == "0x" + KEY.address.hex()
    assert read(raw, chain_id=CHAIN) == tx == read(raw, chain_id=CHAIN, sender=KEY.address)


@settings(max_examples=30, deadline=None)
@given(CALLS, st.integers(0, 2**40))
def test_we_read_what_a_foreign_library_signs(call: Call, nonce: int) -> None:
    signed = Account.sign_transaction(
        {
            "type": 2,
            "chainId": CHAIN,
            "nonce": nonce,
            "maxPriorityFeePerGas": 0,
            "maxFeePerGas": 0,
            "gas": call.gas,
            "to": to_checksum_address(call.to) if call.to else b"",
            "value": 0,
            "data": call.input,
        },
        KEY.secret(),
    )
    tx = read(bytes(signed.raw_transaction), chain_id=CHAIN)

    assert bytes(signed.hash) == tx.hash
    assert (KEY.address, nonce, call.to, call.input) == (tx.sender, tx.nonce, tx.to, tx.input)


def altered(at: int, value: bytes) -> bytes:
    _, raw = sign(Call(bytes(20), b"\1"), nonce=1, chain_id=CHAIN, price=0, key=KEY)
    fields = rlp.flat(raw[1:], empty_list_at=8)
    fields[at] = value
    strings = [rlp.string(each) for each in fields]
    strings[8] = rlp.sequence([rlp.string(fields[8])] if fields[8] else [])
    return b"\x02" + rlp.sequence(strings)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "type 2"),
        (b"\x01\xc0", "type 2"),
        (b"\x02\xc0", "12 fields"),
        (b"\x02\xff", "not RLP"),
        (altered(1, b"\0\1"), "12 fields"),
        (altered(1, bytes([1] * 9)), "nonce"),
        (altered(0, b"\x05"), "another chain"),
        (altered(4, b"\xff" * 8), "gas"),
        (altered(5, bytes(19)), "receiver"),
        (altered(6, b"\x01"), "money"),
        (altered(7, bytes(MAX_INPUT + 1)), "bytes"),
        (altered(8, b"\1"), "access list"),
        (altered(9, b"\x02"), "signature"),
        (altered(10, b""), "signature"),
        (altered(11, b"\xff" * 32), "signature"),
        (altered(10, b"\xff" * 33), "12 fields"),
    ],
)
def test_malformed_transaction_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(BadTransaction, match=reason):
        read(raw, chain_id=CHAIN)


def test_address_of_a_creation_is_ethereums() -> None:
    """The example of EIP-1014's predecessor: the first contract of a known account."""
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    created = [created_address(sender, nonce).hex() for nonce in (0, 1, 2)]

    assert created == [
        "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
    ]


def test_intrinsic_gas_counts_bytes_and_creation() -> None:
    assert intrinsic_gas(bytes(20), b"\0\1") == 21_000 + 4 + 16
    assert intrinsic_gas(b"", bytes(33)) == 53_000 + 33 * 4 + 2 * 2
