"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "emergency_1"
down_revision = None
branch_labels = ("emergency",)


def upgrade() -> None:
    _emergency_finding_terms()
    _emergency_link()
    _emergency_notice()
    _emergency_opening()
    _emergency_opening_terms()


def _emergency_finding_terms() -> None:
    op.create_table(
        "emergency_finding_terms",
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_emergency_finding_terms")),
    )


def _emergency_link() -> None:
    op.create_table(
        "emergency_link",
        sa.Column("org", sa.LargeBinary(length=20), nullable=False),
        sa.Column("other", sa.LargeBinary(length=20), nullable=False),
        sa.PrimaryKeyConstraint("org", "other", name=op.f("pk_emergency_link")),
    )


def _emergency_notice() -> None:
    op.create_table(
        "emergency_notice",
        sa.Column("emergency", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("told", sa.LargeBinary(length=20), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("emergency", "kind", "told", name=op.f("pk_emergency_notice")),
    )
    op.create_index(
        op.f("ix_emergency_notice_record"), "emergency_notice", ["record"], unique=False
    )


def _emergency_opening() -> None:
    op.create_table(
        "emergency_opening",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("site", sa.LargeBinary(length=20), nullable=False),
        sa.Column("reason", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("second", sa.LargeBinary(length=20), nullable=False),
        sa.Column("verdict", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("finding", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "opened_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "expires_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "widened_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "closed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "reviewed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("used_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_opening")),
    )
    op.create_index(
        op.f("ix_emergency_opening_record"), "emergency_opening", ["record"], unique=False
    )


def _emergency_opening_terms() -> None:
    op.create_table(
        "emergency_opening_terms",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_opening_terms")),
    )
