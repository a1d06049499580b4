"""What a referral says and who signs for it (private), and where it is (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.encoding import u8
from salus.platform.database import IndexTable, PrivateTable
from salus.services.care.model import Role


class SealedLetter(PrivateTable):
    """The letter behind a commitment, sealed at rest. Erasing the salt makes the hash mute."""

    __tablename__ = "care_letter"

    referral: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes]


class SealedPaper(PrivateTable):
    """A reason or a summary, by its commitment: the ledger says which one counts."""

    __tablename__ = "care_paper"

    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes]


class PartyKey(PrivateTable):
    """The fresh key of one side of one referral, sealed at rest."""

    __tablename__ = "care_party_key"

    referral: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    role: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    sealed: Mapped[bytes]


class ReferralRow(IndexTable):
    """A referral as the ledger has it: who refers whom and why is not here."""

    __tablename__ = "care_referral"

    referral: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[int]
    since: Mapped[int]
    deadline: Mapped[int]
    grace: Mapped[int]


class MoveRow(IndexTable):
    """One step of a referral, which comes to each state once at most."""

    __tablename__ = "care_move"

    referral: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    state: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    block: Mapped[int]
    paper: Mapped[bytes | None] = mapped_column(LargeBinary(32))


def letter_at_rest(referral: bytes) -> bytes:
    """What a sealed column is tied to: the table and its primary key."""
    return SealedLetter.__tablename__.encode() + referral


def paper_at_rest(commitment: bytes) -> bytes:
    return SealedPaper.__tablename__.encode() + commitment


def key_at_rest(referral: bytes, role: Role) -> bytes:
    return PartyKey.__tablename__.encode() + referral + u8(role)
