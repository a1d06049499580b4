"""Keep who controls records."""

import sqlalchemy as sa
from alembic import op

revision = "consent_2"
down_revision = "consent_1"
branch_labels = None


def upgrade() -> None:
    _consent_candidate()
    _consent_circle()
    _consent_control()
    _consent_delegation()
    _consent_guardian()
    _consent_guardian_key()
    _consent_wish()


def _consent_candidate() -> None:
    op.create_table(
        "consent_candidate",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_candidate")),
    )


def _consent_circle() -> None:
    op.create_table(
        "consent_circle",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("begins", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "threshold", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("record", "begins", name=op.f("pk_consent_circle")),
    )


def _consent_control() -> None:
    op.create_table(
        "consent_control",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("controller", sa.LargeBinary(length=20), nullable=False),
        sa.Column("account", sa.LargeBinary(length=20), nullable=False),
        sa.Column("epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "erased_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_control")),
    )
    op.create_index(
        op.f("ix_consent_control_controller"), "consent_control", ["controller"], unique=False
    )


def _consent_delegation() -> None:
    op.create_table(
        "consent_delegation",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("delegate", sa.LargeBinary(length=20), nullable=False),
        sa.Column("powers", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "not_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "not_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("condition", sa.LargeBinary(length=20), nullable=False),
        sa.Column("condition_key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("record", "delegate", name=op.f("pk_consent_delegation")),
    )
    op.create_index(
        op.f("ix_consent_delegation_delegate"), "consent_delegation", ["delegate"], unique=False
    )


def _consent_guardian() -> None:
    op.create_table(
        "consent_guardian",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("begins", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guardian", sa.LargeBinary(length=20), nullable=False),
        sa.PrimaryKeyConstraint("record", "begins", "guardian", name=op.f("pk_consent_guardian")),
    )
    op.create_index(
        op.f("ix_consent_guardian_guardian"), "consent_guardian", ["guardian"], unique=False
    )


def _consent_guardian_key() -> None:
    op.create_table(
        "consent_guardian_key",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consent_guardian_key")),
        sa.UniqueConstraint("address", name=op.f("uq_consent_guardian_key_address")),
    )


def _consent_wish() -> None:
    op.create_table(
        "consent_wish",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("guardian", sa.LargeBinary(length=20), nullable=False),
        sa.Column("controller", sa.LargeBinary(length=20), nullable=False),
        sa.Column("circle", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ready_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("record", "guardian", name=op.f("pk_consent_wish")),
    )
