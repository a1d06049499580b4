"""Keys on their way to other holders (private): at the source, and at whoever takes them."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.encoding import u8, u32
from salus.platform.database import PrivateTable


class Resharing(PrivateTable):
    """The source's side: how far the keys of a record are on their way to a set.

    `content` is what the step that was done last has gathered; times in seconds.
    """

    __tablename__ = "custody_resharing"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    set: Mapped[bytes] = mapped_column(LargeBinary(32))
    earlier: Mapped[bytes] = mapped_column(LargeBinary(32))
    names: Mapped[str] = mapped_column(String(800))
    stage: Mapped[str] = mapped_column(String(16))
    content: Mapped[bytes]
    begun_at: Mapped[int]


class JoinedShare(PrivateTable):
    """A taker's side: a share that was added up and is nobody's until its dealing is signed.

    `parts` is a hash of what it was added up from.
    """

    __tablename__ = "custody_joined_share"

    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    set: Mapped[bytes] = mapped_column(LargeBinary(32))
    parts: Mapped[bytes] = mapped_column(LargeBinary(32))
    commit: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes]


class Drill(PrivateTable):
    """When the shares of a record were tried last: how many keys opened, and who was wrong."""

    __tablename__ = "custody_drill"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[int]
    keys: Mapped[int]
    failed: Mapped[int]
    names: Mapped[str] = mapped_column(String(800))


class RetiredKey(PrivateTable):
    """A keeper's word that it has deleted a part which was not in force any more."""

    __tablename__ = "custody_retired_key"

    holder: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    commit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    index: Mapped[int]
    time: Mapped[int]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))


def joined_at_rest(unit: bytes, epoch: int, generation: int) -> bytes:
    """What a joined share is tied to where it is stored."""
    return JoinedShare.__tablename__.encode() + unit + u32(epoch) + u8(generation)
