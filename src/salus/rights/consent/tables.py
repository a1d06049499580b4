"""The opened terms behind grants (private), and the grants as the ledger has them (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable
from salus.rights.consent.audit import tables as audit  # noqa: F401 - its tables too
from salus.rights.consent.authority import tables as control  # noqa: F401 - its tables too


class GrantTerms(PrivateTable):
    """What a commitment on the ledger stands for; held by the parties to the grant."""

    __tablename__ = "consent_grant_terms"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    terms: Mapped[bytes]


class Controller(PrivateTable):
    """The wallet's side: the key that controls a record."""

    __tablename__ = "consent_controller"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    secret: Mapped[bytes]


class GrantRow(IndexTable):
    """A grant as the ledger has it: who reads and what for is not here."""

    __tablename__ = "consent_grant"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    effect: Mapped[int]
    state: Mapped[int]
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    rule: Mapped[bytes] = mapped_column(LargeBinary(32))
    condition: Mapped[bytes] = mapped_column(LargeBinary(20))
    condition_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    approvals: Mapped[int]
    not_before: Mapped[int]
    not_after: Mapped[int]
    block: Mapped[int]


class RuleRow(IndexTable):
    """A rule of a record: how many of its approvers are needed."""

    __tablename__ = "consent_rule"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    threshold: Mapped[int]
    each_use: Mapped[bool]


class ApproverRow(IndexTable):
    """An approver of a rule, at his seat."""

    __tablename__ = "consent_approver"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    approver: Mapped[bytes] = mapped_column(LargeBinary(20))


class UnitRuleRow(IndexTable):
    """The rule that a unit is under."""

    __tablename__ = "consent_unit_rule"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    rule: Mapped[bytes] = mapped_column(LargeBinary(32))
