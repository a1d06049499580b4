"""Erasures on their way and what proves them (private): random handles, nothing of a person."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class ErasureRow(PrivateTable):
    """One erasure. `units`, `bodies` and `versions` hold 32 bytes for each of them.

    `sections` has a bit for each section, none for the whole record; `is_shredded` says that this
    node has deleted its own rows.
    """

    __tablename__ = "custody_erasure"

    number: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    sections: Mapped[int]
    stage: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[int]
    k: Mapped[int]
    units: Mapped[bytes]
    bodies: Mapped[bytes]
    versions: Mapped[bytes]
    is_shredded: Mapped[bool]


class DeletionRow(PrivateTable):
    """A part that its holder is to delete; it has when `signature` is there. `time` in seconds."""

    __tablename__ = "custody_deletion"

    erasure: Mapped[int] = mapped_column(ForeignKey(ErasureRow.number), primary_key=True)
    holder: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int]
    commit: Mapped[bytes] = mapped_column(LargeBinary(32))
    time: Mapped[int]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))


class NoticeRow(PrivateTable):
    """Somebody who was told that an erasure is late; it goes when the erasure is proved."""

    __tablename__ = "custody_erasure_notice"

    erasure: Mapped[int] = mapped_column(ForeignKey(ErasureRow.number), primary_key=True)
    told: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    at: Mapped[int]


class HandedOut(PrivateTable):
    """An object that was handed to keepers and is not written down as a record's yet.

    What an import that died left here an hour ago belongs to nothing: a job takes it back.
    """

    __tablename__ = "custody_handed_out"

    object_id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    unit: Mapped[bytes] = mapped_column(LargeBinary(32))
    dealing: Mapped[bytes]
    """Of a unit that is new with it; empty where the unit was there before."""
    segment_root: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[int] = mapped_column(index=True)


class HoldRow(PrivateTable):
    """What a law orders kept of a record: under a key of its own, with a reason and an end.

    The copy lies in a file beside its key. `reason` is sealed at rest; times are in seconds.
    """

    __tablename__ = "custody_legal_hold"

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    reason: Mapped[bytes]
    resources: Mapped[int]
    made_at: Mapped[int]
    until: Mapped[int] = mapped_column(index=True)


class WishRow(PrivateTable):
    """A patient's wish to erase, which begins at `due_at` unless it is stopped; times in seconds.

    `sections` as in ErasureRow. `erasure` is the number of what it became, 0 until then. `account`
    sees it, also when the record itself is gone.
    """

    __tablename__ = "custody_erasure_wish"

    number: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    sections: Mapped[int]
    asked_at: Mapped[int]
    due_at: Mapped[int]
    erasure: Mapped[int]


class SignedCall(PrivateTable):
    """What the patient signed for a wish, to be sent when it is due; `sealed` at rest.

    `subject` is the section that is closed or the unit that is erased, empty for a whole record.
    """

    __tablename__ = "custody_erasure_signed"

    wish: Mapped[int] = mapped_column(ForeignKey(WishRow.number), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
