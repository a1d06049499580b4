"""Typed digests against the general encoder of eth-account."""

from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.tests.ledgered import interface
from salus.platform.ledger.typed import type_string, typed_digest

CONTRACT = interface().at(Address(b"\xcc" * 20))
COMMIT = (
    "Commit(Batch batch,uint8[] marks,int24 shift,bool kept,Leaf[][] rows,bytes body,bytes4 kind,"
    "uint256 nonce,uint64 deadline)"
    "Batch(Leaf[] leaves,string note,Leaf[2] ends,address by)Leaf(bytes32 root,uint64 size)"
)
LEAVES = st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1))
BATCHES = st.tuples(
    st.lists(LEAVES, max_size=3),
    st.text(max_size=20),
    st.tuples(LEAVES, LEAVES),
    st.binary(min_size=20, max_size=20),
)
ARGUMENTS = st.tuples(
    BATCHES,
    st.lists(st.integers(0, 255), max_size=4),
    st.integers(-(2**23), 2**23 - 1),
    st.booleans(),
    st.lists(st.lists(LEAVES, max_size=2), max_size=3),
    st.binary(max_size=70),
    st.binary(min_size=4, max_size=4),
)


def types_of(text: str) -> dict[str, list[dict[str, str]]]:
    """The types of a type string as eth-account wants them."""
    found = {}
    for struct in text.rstrip(")").split(")"):
        name, _, members = struct.partition("(")
        pairs = [member.split(" ") for member in members.split(",")]
        found[name] = [{"type": kind, "name": member} for kind, member in pairs]
    return found


def leaf(values: Any) -> dict[str, Any]:
    return {"root": values[0], "size": values[1]}


def general(arguments: Any, nonce: int, deadline: int) -> bytes:
    batch, marks, shift, kept, rows, body, kind = arguments
    leaves, note, ends, by = batch
    message = {
        "batch": {
            "leaves": [leaf(each) for each in leaves],
            "note": note,
            "ends": [leaf(each) for each in ends],
            "by": "0x" + by.hex(),
        },
        "marks": marks,
        "shift": shift,
        "kept": kept,
        "rows": [[leaf(each) for each in row] for row in rows],
        "body": body,
        "kind": kind,
        "nonce": nonce,
        "deadline": deadline,
    }
    domain = {
        "name": "Ledgered",
        "version": "1",
        "chainId": 5,
        "verifyingContract": "0x" + CONTRACT.address.hex(),
    }
    signable = encode_typed_data(domain, types_of(COMMIT), message)
    return keccak256(b"\x19\x01" + signable.header + signable.body)


@settings(max_examples=60, deadline=None)
@given(ARGUMENTS, st.integers(0, 2**256 - 1), st.integers(0, 2**64 - 1))
def test_digest_is_the_one_of_the_general_encoder(
    arguments: Any, nonce: int, deadline: int
) -> None:
    own = typed_digest(CONTRACT, "commit", arguments, nonce=nonce, deadline=deadline, chain_id=5)

    assert own == general(arguments, nonce, deadline)


def test_type_names_every_argument_but_the_authority() -> None:
    assert type_string(interface(), "commit") == COMMIT
    revoke = "Revoke(bytes32 grant,uint256 nonce,uint64 deadline)"
    assert type_string(interface(), "revoke") == revoke
    settle = "settle(uint256,(address,uint256,uint64,bytes)[])"
    signed = type_string(interface(), settle, "Settle")
    assert signed == "Settle(uint256 sum,uint256 nonce,uint64 deadline)"


def test_another_party_signs_its_own_type() -> None:
    text = type_string(interface(), "revoke", "AcceptRevoke")

    assert text == "AcceptRevoke(bytes32 grant,uint256 nonce,uint64 deadline)"


def revoke(**changed: Any) -> bytes:
    values: dict[str, Any] = {"grant": bytes(32), "nonce": 1, "deadline": 2, "chain_id": 3}
    values |= changed
    grant = values.pop("grant")
    contract = values.pop("contract", CONTRACT)
    return typed_digest(contract, values.pop("verb", "revoke"), [grant], **values)


def test_every_part_changes_the_digest() -> None:
    elsewhere = interface().at(Address(b"\xdd" * 20))
    digests = {
        revoke(),
        revoke(grant=b"\1" * 32),
        revoke(nonce=2),
        revoke(deadline=3),
        revoke(chain_id=4),
        revoke(contract=elsewhere),
        revoke(primary="Approve"),
    }

    assert len(digests) == 7


GOOD: tuple[Any, ...] = (
    ([], "", ((bytes(32), 0),) * 2, bytes(20)),
    [],
    0,
    False,
    [],
    b"",
    bytes(4),
)
BAD: list[tuple[int, Any]] = [
    (0, ([], "", ((bytes(32), 0),), bytes(20))),
    (0, ([], "", ((bytes(31), 0),) * 2, bytes(20))),
    (0, ([], "", ((bytes(32), 2**64),) * 2, bytes(20))),
    (0, ([], "", ((bytes(32), 0),) * 2, bytes(19))),
    (0, ([], "", ((bytes(32),),) * 2, bytes(20))),
    (1, [256]),
    (2, 2**23),
    (2, -(2**23) - 1),
    (6, bytes(5)),
]


@pytest.mark.parametrize(("place", "value"), BAD)
def test_value_that_does_not_fit_is_refused(place: int, value: Any) -> None:
    arguments = [*GOOD[:place], value, *GOOD[place + 1 :]]
    with pytest.raises(ValueError):
        typed_digest(CONTRACT, "commit", arguments, nonce=0, deadline=0, chain_id=1)


def test_missing_argument_is_refused() -> None:
    with pytest.raises(ValueError):
        typed_digest(CONTRACT, "commit", GOOD[:6], nonce=0, deadline=0, chain_id=1)
