"""A checkpoint is signed as its type says, by each node once."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.rights.notary.proof import Checkpoint
from tests.support.typed import general

KIND = "Checkpoint(uint64 size,bytes32 root,uint64 time)"
moments = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
checkpoints = st.builds(
    Checkpoint,
    st.integers(0, 2**64 - 1),
    st.binary(min_size=32, max_size=32).map(Digest),
    moments,
)
contracts = st.binary(min_size=20, max_size=20).map(Address)


@settings(max_examples=40, deadline=None)
@given(checkpoints, st.integers(0, 2**64 - 1), contracts)
def test_a_checkpoint_is_hashed_as_its_type_says(
    head: Checkpoint, chain: int, anchors: Address
) -> None:
    message = {"size": head.size, "root": head.root, "time": int(head.time.timestamp())}

    assert general("Salus Anchors", chain, anchors, KIND, message) == head.digest(chain, anchors)


def test_signatures_come_in_the_order_of_the_addresses() -> None:
    keys = [SigningKey.generate() for _ in range(4)]
    anchors = Address(b"\x0a" * 20)
    head = Checkpoint(3, Digest(b"\x01" * 32), datetime(2026, 3, 1, tzinfo=UTC))
    signed = head.signed(7, anchors, keys)

    assert tuple(sorted(key.address for key in keys)) == signed.signers(7, anchors)
    assert signed.signers(8, anchors) != signed.signers(7, anchors)
    assert signed.digest(7, anchors) == head.digest(7, anchors)
