"""What stands behind openings and who was told (private), and openings by the ledger (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class OpeningTerms(PrivateTable):
    """What the commitment of an opening stands for: the code of its reason, and the salt."""

    __tablename__ = "emergency_opening_terms"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(String(32))


class FindingTerms(PrivateTable):
    """What a reviewer found, by the commitment to it."""

    __tablename__ = "emergency_finding_terms"

    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    finding: Mapped[str]


class Notice(PrivateTable):
    """One person who was told of one step of an emergency; `told` is their address."""

    __tablename__ = "emergency_notice"

    emergency: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    told: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    record: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[int]


class CardMade(PrivateTable):
    """The last card that was printed of a record; times in seconds."""

    __tablename__ = "emergency_card"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int]
    made_at: Mapped[int]
    until: Mapped[int]


class LinkRow(IndexTable):
    """Two organizations that governors linked; there is a row for each direction."""

    __tablename__ = "emergency_link"

    org: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    other: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)


class OpeningRow(IndexTable):
    """An opening, or the use of a card, as the ledger has it; times are 0 for what has not been."""

    __tablename__ = "emergency_opening"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    site: Mapped[bytes] = mapped_column(LargeBinary(20))
    reason: Mapped[bytes] = mapped_column(LargeBinary(32))
    scope: Mapped[int]
    second: Mapped[bytes] = mapped_column(LargeBinary(20))
    verdict: Mapped[int]
    finding: Mapped[bytes] = mapped_column(LargeBinary(32))
    opened_at: Mapped[int]
    expires_at: Mapped[int]
    widened_at: Mapped[int]
    closed_at: Mapped[int]
    reviewed_at: Mapped[int]
    used_at: Mapped[int]
