"""Keep triggers, policies, and what may be licensed."""

import sqlalchemy as sa
from alembic import op

revision = "consent_4"
down_revision = "consent_3"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _bytes(name: str, size: int) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=size), nullable=False)


def _record() -> sa.Column[str]:
    return sa.Column("record", sa.String(length=32), nullable=False)


def upgrade() -> None:
    _consent_grant_terms()
    _consent_trigger()
    _consent_trigger_name()
    _consent_report_salt()
    _consent_policy()
    _consent_condition()
    _consent_licensing_policy()
    _consent_section_gate()
    _consent_standing()
    _consent_standing_terms()


def _consent_grant_terms() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "consent_grant_terms",
        sa.Column("asked_at", number, server_default="0", nullable=False),
    )


def _consent_trigger() -> None:
    op.create_table(
        "consent_trigger",
        _bytes("grant", 32),
        _bytes("trigger", 32),
        _number("place"),
        _bytes("reporter", 20),
        _number("effect"),
        _number("reported_at"),
        _bytes("evidence", 32),
        sa.PrimaryKeyConstraint("grant", "trigger", name=op.f("pk_consent_trigger")),
    )


def _consent_trigger_name() -> None:
    op.create_table(
        "consent_trigger_name",
        _bytes("grant", 32),
        _bytes("trigger", 32),
        _record(),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("grant", "trigger", name=op.f("pk_consent_trigger_name")),
    )
    op.create_index(
        op.f("ix_consent_trigger_name_record"), "consent_trigger_name", ["record"], unique=False
    )


def _consent_report_salt() -> None:
    op.create_table(
        "consent_report_salt",
        _bytes("evidence", 32),
        _record(),
        _bytes("salt", 32),
        sa.PrimaryKeyConstraint("evidence", name=op.f("pk_consent_report_salt")),
    )
    op.create_index(
        op.f("ix_consent_report_salt_record"), "consent_report_salt", ["record"], unique=False
    )


def _consent_policy() -> None:
    op.create_table(
        "consent_policy",
        _bytes("policy", 32),
        _number("kind"),
        _number("published_at"),
        sa.PrimaryKeyConstraint("policy", name=op.f("pk_consent_policy")),
    )


def _consent_condition() -> None:
    op.create_table(
        "consent_condition",
        _bytes("condition", 20),
        _number("approved_at"),
        sa.PrimaryKeyConstraint("condition", name=op.f("pk_consent_condition")),
    )


def _consent_licensing_policy() -> None:
    op.create_table(
        "consent_licensing_policy",
        _record(),
        _number("mask"),
        _bytes("duo", 8),
        _number("uses"),
        _number("regions"),
        _number("seq"),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_licensing_policy")),
    )


def _consent_section_gate() -> None:
    op.create_table(
        "consent_section_gate",
        _record(),
        _number("section"),
        _number("generation"),
        _number("closed_at"),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_consent_section_gate")),
    )


def _consent_standing() -> None:
    op.create_table(
        "consent_standing",
        _record(),
        _bytes("commitment", 32),
        _number("seq"),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_standing")),
    )


def _consent_standing_terms() -> None:
    op.create_table(
        "consent_standing_terms",
        _bytes("commitment", 32),
        _record(),
        _bytes("salt", 32),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_consent_standing_terms")),
    )
    op.create_index(
        op.f("ix_consent_standing_terms_record"),
        "consent_standing_terms",
        ["record"],
        unique=False,
    )
