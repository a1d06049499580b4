"""What governors proposed and decided, and who belongs to the consortium: index tables only."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable


class ProposalRow(IndexTable):
    """A proposal; `value` as 32 bytes, times in seconds, `done_at` 0 while it is not decided."""

    __tablename__ = "identity_proposal"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    number: Mapped[int]
    kind: Mapped[int]
    org: Mapped[bytes] = mapped_column(LargeBinary(20))
    value: Mapped[bytes] = mapped_column(LargeBinary(32))
    attributes: Mapped[bytes] = mapped_column(LargeBinary(32))
    other: Mapped[bytes] = mapped_column(LargeBinary(20))
    proposer: Mapped[bytes] = mapped_column(LargeBinary(20))
    proposed_at: Mapped[int]
    done_at: Mapped[int]


class ApprovalRow(IndexTable):
    """Who agreed to a proposal and did not take that back; `number` counts them."""

    __tablename__ = "identity_approval"

    proposal: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    governor: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    number: Mapped[int]


class GovernorRow(IndexTable):
    """Who governs."""

    __tablename__ = "identity_governor"

    org: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)


class CouncilRow(IndexTable):
    """How many governors have to agree; one row."""

    __tablename__ = "identity_council"

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    threshold: Mapped[int]


class OrganizationRow(IndexTable):
    """A member; `roles` as 20 bytes, `admitted_at` in seconds."""

    __tablename__ = "identity_organization"

    org: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    roles: Mapped[bytes] = mapped_column(LargeBinary(20))
    attributes: Mapped[bytes] = mapped_column(LargeBinary(32))
    is_active: Mapped[bool]
    admitted_at: Mapped[int]
