"""What may be licensed, as the ledger has it (index), and standing terms (private)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class PolicyRow(IndexTable):
    """The policy of a record. `duo` has 8 bytes: its highest bit fits no number of a database."""

    __tablename__ = "consent_licensing_policy"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    mask: Mapped[int]
    duo: Mapped[bytes] = mapped_column(LargeBinary(8))
    uses: Mapped[int]
    regions: Mapped[int]
    seq: Mapped[int]


class GateRow(IndexTable):
    """The present generation of a section that was closed once; `closed_at` in seconds, or 0."""

    __tablename__ = "consent_section_gate"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int]
    closed_at: Mapped[int]


class StandingRow(IndexTable):
    """The commitment to the standing terms of a record, zeros for none; `seq` counts changes."""

    __tablename__ = "consent_standing"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    seq: Mapped[int]


class StandingTerms(PrivateTable):
    """What a commitment to standing terms stands for."""

    __tablename__ = "consent_standing_terms"

    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    terms: Mapped[bytes]
