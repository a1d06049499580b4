"""A receipt is judged by the ledger: its hash is that of the general encoder."""

from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, UnitId
from salus.rights.custody import messages as m
from salus.rights.records.versions import signing_domain
from tests.support.typed import general

KIND = (
    "Receipt(bytes32 requestDigest,bytes32 basisId,bytes32 unitId,uint32 epoch,uint8 role,"
    "uint8 index,uint64 blockNumber,bytes32 blockHash,uint64 blockTime,uint64 ownTime,"
    "uint64 logSize,bytes32 logRoot)"
)
NAMES = [each.split(" ")[1] for each in KIND[8:-1].split(",")]
word = st.binary(min_size=32, max_size=32).map(Digest)
u8, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 32, 64))
receipts = st.builds(
    m.Receipt, word, word, word.map(UnitId), u32, u8, u8, u64, word, u64, u64, u64, word
)


@settings(max_examples=40, deadline=None)
@given(receipts, st.integers(0, 2**64 - 1), st.binary(min_size=20, max_size=20).map(Address))
def test_a_receipt_is_hashed_as_its_type_says(
    receipt: m.Receipt, chain: int, registry: Address
) -> None:
    values = [getattr(receipt, name) for name in m.Receipt.__slots__]
    message = dict(zip(NAMES, values, strict=True))
    domain = signing_domain(chain, registry)

    assert general("Salus Custody", chain, registry, KIND, message) == m.receipt_digest(
        domain, receipt
    )


@settings(max_examples=40, deadline=None)
@given(receipts, st.binary(min_size=16, max_size=16))
def test_a_leaf_of_the_log_has_a_fixed_size_and_no_log_fields(
    receipt: m.Receipt, salt: bytes
) -> None:
    leaf = receipt.log_leaf(salt)

    assert (337, 0x70, salt) == (len(leaf), leaf[0], leaf[1:17])
    assert receipt.own_time.to_bytes(32, "big") == leaf[-32:]
