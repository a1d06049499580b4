"""What this node knows of people to recognize them again. All of it is private and erasable.

Nobody is recognized here without the storage key of the home: people are encrypted, and what they
are found by is hashed under it.
"""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class Known(PrivateTable):
    """The person of one record, sealed; `enterprise` is random."""

    __tablename__ = "identity_person"

    number: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), unique=True)
    enterprise: Mapped[str] = mapped_column(String(32), unique=True)
    sealed: Mapped[bytes]


class Blocked(PrivateTable):
    """One block that a person is in; both keys are hashes."""

    __tablename__ = "identity_block"
    __table_args__ = (Index("ix_identity_block_key_second", "key", "second"),)

    record: Mapped[str] = mapped_column(
        ForeignKey(Known.record, ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    second: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)


class Review(PrivateTable):
    """Two records that a person must look at; `left` is the smaller handle."""

    __tablename__ = "identity_review"

    left: Mapped[str] = mapped_column(String(32), primary_key=True)
    right: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    parts: Mapped[int]
    bars: Mapped[str] = mapped_column(String(200))
    agrees: Mapped[str] = mapped_column(String(200))


class Event(PrivateTable):
    """A signed event of a link. Rows are added, never changed and never taken out."""

    __tablename__ = "identity_link_event"

    number: Mapped[int] = mapped_column(primary_key=True)
    left: Mapped[str] = mapped_column(String(32), index=True)
    right: Mapped[str] = mapped_column(String(32), index=True)
    event: Mapped[bytes]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))


class Written(PrivateTable):
    """A resource that was written to a record while it was linked."""

    __tablename__ = "identity_written"

    number: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    reference: Mapped[str] = mapped_column(String(200))
    event: Mapped[int]
    """The number of the last event of links when it was written."""
