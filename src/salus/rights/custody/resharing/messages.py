"""What travels when keys go to other holders, and what is signed of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.encoding import H, u8
from salus.kernel.ids import Digest, RecordId, UnitId
from salus.kernel.secp256k1 import keccak256
from salus.rights.custody.erasure.messages import HeldPart
from salus.rights.custody.messages import Deal
from salus.rights.custody.model import Dealing

RESHARE_TYPE = keccak256(b"Reshare(uint128 record,bytes32 set,uint64 deadline)")
SPLIT_TYPE = keccak256(
    b"Split(bytes32 dealing,bytes32 set,uint8 giver,bytes32 givers,bytes32 commits)"
)
HOLDINGS_TYPE = keccak256(b"Holdings(uint128 record,uint64 deadline)")


@dataclass(frozen=True, slots=True)
class Order:
    """The will of whoever controls a record: a set of other holders. `deadline` in seconds."""

    record: RecordId
    set: Digest
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class AskHoldings:
    """What does a keeper hold of a record? Asked by its controller or its source."""

    record: RecordId
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Holdings:
    """Every part of a record's keys that a keeper holds, without the parts themselves."""

    deals: tuple[Deal, ...]


@dataclass(frozen=True, slots=True)
class ToSplit:
    """A key in one epoch; `givers` are the indices of those who split their shares together."""

    unit: UnitId
    epoch: int
    givers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AskSplit:
    """An order to a giver. `takers` are the keys that things are sealed to for the new holders."""

    order: Order
    takers: tuple[bytes, ...]
    keys: tuple[ToSplit, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A share divided again: a commitment to each part, and each part sealed to its taker."""

    unit: UnitId
    epoch: int
    giver: int
    commits: tuple[Digest, ...]
    sealed: tuple[bytes, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Splits:
    """What one giver answers, in the order of the keys that were asked for."""

    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What one giver has for one taker."""

    giver: int
    commits: tuple[Digest, ...]
    sealed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """All parts of one key for one taker, and the dealing that they come of."""

    dealing: Dealing
    dealt: bytes
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """An order to a taker: add up the parts, and say what it commits to."""

    order: Order
    keys: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """The commitments to a taker's new shares, in the order of the keys."""

    commits: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class SpreadKey:
    """A key whose shares were split, as the source keeps it: it can open none of the parts."""

    dealing: Dealing
    dealt: bytes
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Everything that the givers answered."""

    keys: tuple[SpreadKey, ...]


@dataclass(frozen=True, slots=True)
class Dealt:
    """The new dealings with the signature of the source, and those that they replace."""

    deals: tuple[Deal, ...]
    replaced: tuple[Dealing, ...]


@dataclass(frozen=True, slots=True)
class Adopt:
    """The new dealings, signed by the source: who has added up may keep it; `index` 0 is gateway.

    A keeper answers with `messages.Held`.
    """

    order: Order
    deals: tuple[Deal, ...]


@dataclass(frozen=True, slots=True)
class Retire:
    """An order to delete parts that the ledger says are not in force any more.

    Signed by the controller of the record or its source, as an `Order` to the set that keeps it
    now. A keeper answers with `erasure.messages.Erased`.
    """

    order: Order
    parts: tuple[HeldPart, ...]


def order_digest(domain: bytes, record: RecordId, set_id: bytes, deadline: int) -> Digest:
    struct = struct_hash(RESHARE_TYPE, word(record), set_id, word(deadline))
    return Digest(digest(domain, struct))


def holdings_digest(domain: bytes, record: RecordId, deadline: int) -> bytes:
    return digest(domain, struct_hash(HOLDINGS_TYPE, word(record), word(deadline)))


def split_digest(
    domain: bytes,
    dealing: Digest,
    set_id: bytes,
    *,
    giver: int,
    givers: Sequence[int],
    commits: Sequence[Digest],
) -> bytes:
    """`givers` and `commits` are hashed as SHA-256 of their bytes in order."""
    hashed = H(b"".join(map(u8, givers))), H(*commits)
    return digest(domain, struct_hash(SPLIT_TYPE, dealing, set_id, word(giver), *hashed))
