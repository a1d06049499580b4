"""The opened terms behind grants (private), and the grants as the ledger has them (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable
from salus.rights.consent.audit import tables as audit  # noqa: F401 - its tables too
from salus.rights.consent.authority import tables as control  # noqa: F401 - its tables too
from salus.rights.consent.licensing import tables as licensing  # noqa: F401 - its tables too


class GrantTerms(PrivateTable):
    """What a commitment on the ledger stands for; held by the parties to the grant.

    `asked_at`: when the ledger was asked for it, in seconds; 0 where it came from elsewhere.
    """

    __tablename__ = "consent_grant_terms"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    terms: Mapped[bytes]
    asked_at: Mapped[int] = mapped_column(default=0, server_default="0")


class TriggerName(PrivateTable):
    """What people call a trigger: on the ledger it has a salted hash of that."""

    __tablename__ = "consent_trigger_name"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    trigger: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(64))


class ReportSalt(PrivateTable):
    """What opens the evidence of a report; kept before the ledger is asked."""

    __tablename__ = "consent_report_salt"

    evidence: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))


class Controller(PrivateTable):
    """The wallet's side: the key that controls a record."""

    __tablename__ = "consent_controller"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    secret: Mapped[bytes]


class Complaint(PrivateTable):
    """What a patient finds wrong about a look, and what the privacy office says; times in seconds.

    `answered_at` is 0 before there is an answer.
    """

    __tablename__ = "consent_complaint"

    complaint: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    about: Mapped[str]
    text: Mapped[str]
    made_at: Mapped[int]
    answer: Mapped[str]
    answered_at: Mapped[int]


class RequestRow(PrivateTable):
    """An organization asks a patient for access; times in seconds.

    `is_heard`: the patient was told of it. `answer` is as in `asking.service`.
    """

    __tablename__ = "consent_request"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    asker: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    sections: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(16))
    until: Mapped[int]
    why: Mapped[str]
    made_at: Mapped[int]
    is_heard: Mapped[bool]
    answer: Mapped[str] = mapped_column(String(16))


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


class TriggerRow(IndexTable):
    """What a reporter can do to a grant; `reported_at` in seconds, 0 before the first report.

    `place` is its place among the triggers of the grant, `evidence` that of the last report.
    """

    __tablename__ = "consent_trigger"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    trigger: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    place: Mapped[int]
    reporter: Mapped[bytes] = mapped_column(LargeBinary(20))
    effect: Mapped[int]
    reported_at: Mapped[int]
    evidence: Mapped[bytes] = mapped_column(LargeBinary(32))


class PublishedRow(IndexTable):
    """A policy that governors published; `published_at` in seconds."""

    __tablename__ = "consent_policy"

    policy: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[int]
    published_at: Mapped[int]


class ConditionRow(IndexTable):
    """A condition that grants may name; `approved_at` in seconds."""

    __tablename__ = "consent_condition"

    condition: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    approved_at: Mapped[int]
