"""What is hashed by hand is what the general encoder of EIP-712 hashes."""

from datetime import UTC, datetime

from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.kernel.secp256k1 import keccak256
from salus.rights.custody import messages as m
from salus.rights.custody.model import GateHalf, Share, bind, split
from salus.rights.records.versions import signing_domain

CHAIN, REGISTRY = 31_337, Address(b"\x0c" * 20)
DOMAIN = {
    "name": "Salus Custody",
    "version": "1",
    "chainId": CHAIN,
    "verifyingContract": "0x" + REGISTRY.hex(),
}
word = st.binary(min_size=32, max_size=32)
u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
items_ = st.lists(st.tuples(word, u32, word), max_size=4)
ITEM = [
    {"name": "unitId", "type": "bytes32"},
    {"name": "epoch", "type": "uint32"},
    {"name": "objects", "type": "bytes32"},
]
REQUEST = [
    {"name": "basis", "type": "uint8"},
    {"name": "basisId", "type": "bytes32"},
    {"name": "items", "type": "Item[]"},
    {"name": "purpose", "type": "uint16"},
    {"name": "readerKeyHash", "type": "bytes32"},
    {"name": "seenBlock", "type": "uint64"},
    {"name": "seenBlockHash", "type": "bytes32"},
    {"name": "deadline", "type": "uint64"},
    {"name": "nonce", "type": "bytes32"},
]


def general(types: dict[str, list[dict[str, str]]], message: dict[str, object]) -> bytes:
    signable = encode_typed_data(DOMAIN, types, message)
    return keccak256(b"\x19\x01" + signable.header + signable.body)


@settings(max_examples=60, deadline=None)
@given(
    u8, word, st.lists(st.tuples(word, u32, word), max_size=4), u16, word, u64, word, moments, word
)
def test_a_request_is_hashed_as_its_type_says(  # noqa: PLR0917 - one strategy for each member
    basis: int,
    basis_id: bytes,
    items: list[tuple[bytes, int, bytes]],
    purpose: int,
    key: bytes,
    block: int,
    block_hash: bytes,
    deadline: datetime,
    nonce: bytes,
) -> None:
    request = m.Request(
        basis,
        Digest(basis_id),
        tuple(m.Item(UnitId(unit), epoch, Digest(objects)) for unit, epoch, objects in items),
        purpose,
        Digest(key),
        block,
        Digest(block_hash),
        deadline,
        Digest(nonce),
    )
    message = {
        "basis": basis,
        "basisId": basis_id,
        "items": [{"unitId": u, "epoch": e, "objects": o} for u, e, o in items],
        "purpose": purpose,
        "readerKeyHash": key,
        "seenBlock": block,
        "seenBlockHash": block_hash,
        "deadline": int(deadline.timestamp()),
        "nonce": nonce,
    }

    domain = signing_domain(CHAIN, REGISTRY)
    assert m.request_digest(domain, request) == general({"Request": REQUEST, "Item": ITEM}, message)


@settings(max_examples=40, deadline=None)
@given(word, u8, word, st.integers(0, 2**128 - 1), u64)
def test_the_smaller_messages_are_hashed_as_their_types_say(
    dealing: bytes, index: int, commit: bytes, record: int, deadline: int
) -> None:
    domain = signing_domain(CHAIN, REGISTRY)
    held = [
        {"name": "dealing", "type": "bytes32"},
        {"name": "index", "type": "uint8"},
        {"name": "commit", "type": "bytes32"},
    ]
    looks = [{"name": "record", "type": "uint128"}, {"name": "deadline", "type": "uint64"}]

    assert m.held_digest(domain, Digest(dealing), index, Digest(commit)) == general(
        {"Held": held}, {"dealing": dealing, "index": index, "commit": commit}
    )
    assert m.dealing_digest(domain, Digest(dealing)) == general(
        {"Dealing": [{"name": "id", "type": "bytes32"}]}, {"id": dealing}
    )
    assert m.looks_digest(domain, RecordId(record), deadline) == general(
        {"Looks": looks}, {"record": record, "deadline": deadline}
    )


def test_parts_of_a_key_say_what_they_are_and_fit_their_commitments() -> None:
    bound = bind(CHAIN, REGISTRY, UnitId(b"u" * 32), 0)
    secret = split(bound, 3, 5)

    assert [share.index for share in secret.shares] == [1, 2, 3, 4, 5]
    for share in secret.shares:
        assert Share.parse(share.message()) == share
        assert len(share.message()) == 50
    assert GateHalf.parse(secret.half.message()) == secret.half
    assert len(secret.half.message()) == 49
    assert len({share.commitment(bound, 0) for share in secret.shares}) == 5
