"""Contracts by the names of their ABI."""

import pytest
from eth_abi.abi import encode

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import Block, Contract, Event, Interface
from salus.platform.ledger.errors import StateGone, TransactionRefused
from salus.platform.ledger.tests.ledgered import ANCHOR, interface

CONTRACT = interface().at(Address(b"\xcc" * 20))
BLOCK = Block(1, bytes(32), 0)
HEX_WORDS = "0x" + "ab" * 20  # 42 characters, like an address


def selector(text: str) -> bytes:
    return keccak256(text.encode())[:4]


def event(signature: str, *topics: bytes, body: bytes = b"", address: bytes | None = None) -> Event:
    place = Address(address) if address else CONTRACT.address
    return Event(place, (keccak256(signature.encode()), *topics), body, BLOCK, bytes(32), 0)


def test_call_is_selector_and_arguments() -> None:
    call = CONTRACT.call("anchor", *ANCHOR, gas=50)
    arguments = encode(["bytes32", "uint64"], ANCHOR)

    assert call.input == selector("anchor(bytes32,uint64)") + arguments
    assert (call.to, call.gas) == (CONTRACT.address, 50)


def test_verbs_of_one_name_are_told_apart_by_signature() -> None:
    first, exact = "settle(uint256)", "settle(uint256,(address,uint256,uint64,bytes)[])"

    assert CONTRACT.call("settle", 1).input[:4] == selector(first)
    assert CONTRACT.call(exact, 1, []).input[:4] == selector(exact)


def test_address_is_bytes_and_text_stays_text() -> None:
    assert CONTRACT.result("owner", encode(["address"], [b"\x11" * 20])) == b"\x11" * 20
    body = encode(["string", "(bytes32,uint64)"], [HEX_WORDS, (bytes(32), 1)])
    noted = CONTRACT.event(event("Noted(string,string,(bytes32,uint64))", bytes(32), body=body))

    assert noted is not None
    assert noted.values["note"] == HEX_WORDS


def test_event_has_its_values_in_the_order_of_the_abi() -> None:
    body = encode(["uint64", "address"], [5, b"\x22" * 20])
    signature = "Anchored(uint64,bytes32,uint64,address)"
    found = CONTRACT.event(event(signature, (3).to_bytes(32, "big"), ANCHOR[0], body=body))

    assert found is not None
    assert list(found.values.items()) == [
        ("batch", 3),
        ("root", ANCHOR[0]),
        ("size", 5),
        ("by", b"\x22" * 20),
    ]


def test_indexed_text_is_its_hash() -> None:
    body = encode(["string", "(bytes32,uint64)"], ["x", (bytes(32), 1)])
    hashed = keccak256(b"x")
    found = CONTRACT.event(event("Noted(string,string,(bytes32,uint64))", hashed, body=body))

    assert found is not None
    assert found.values["hashed"] == hashed
    assert found.values["leaf"] == (bytes(32), 1)


def test_event_of_another_contract_or_name_is_none() -> None:
    foreign = event("Noted(string,string,(bytes32,uint64))", bytes(32), address=b"\xdd" * 20)
    nameless = Event(CONTRACT.address, (), b"", BLOCK, bytes(32), 0)

    assert [CONTRACT.event(each) for each in (foreign, nameless, event("Other()"))] == [None] * 3


def test_error_of_the_folder_is_raised_by_its_name() -> None:
    revert = selector("Ledgered_StateGone(uint64)") + encode(["uint64"], [9])
    error = CONTRACT.error(revert)

    assert isinstance(error, StateGone)
    assert str(error) == "The state of block 9 is no longer kept."


@pytest.mark.parametrize(
    ("revert", "reason"),
    [
        (selector("Ledgered_Unforeseen(uint64)") + encode(["uint64"], [9]), "Unforeseen"),
        (selector("Ledgered_StateGone(uint64)") + b"\1", "StateGone"),
        (selector("Error(string)") + encode(["string"], ["in words"]), "in words"),
        (selector("Error(string)") + b"\1", "0x08c379a001"),
        (selector("Panic(uint256)") + encode(["uint256"], [0x11]), "Panic 0x11"),
        (b"\x12\x34\x56\x78\x9a", "0x123456789a"),
        (b"", "nothing"),
    ],
)
def test_any_other_refusal_says_what_the_contract_said(revert: bytes, reason: str) -> None:
    error = CONTRACT.error(revert)

    assert isinstance(error, TransactionRefused)
    assert error.details == {"contract": "Ledgered", "reason": reason}


def test_package_without_errors_has_no_classes() -> None:
    unknown = Interface("Ledgered", "salus.kernel", interface().abi, b"")
    error = Contract(unknown, CONTRACT.address).error(selector("Ledgered_StateGone(uint64)"))

    assert isinstance(error, TransactionRefused)
