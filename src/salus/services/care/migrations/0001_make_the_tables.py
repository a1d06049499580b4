"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "care_1"
down_revision = None
branch_labels = ("care",)


def upgrade() -> None:
    _care_letter()
    _care_move()
    _care_paper()
    _care_party_key()
    _care_referral()


def _care_letter() -> None:
    op.create_table(
        "care_letter",
        sa.Column("referral", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("referral", name=op.f("pk_care_letter")),
    )
    op.create_index(op.f("ix_care_letter_record"), "care_letter", ["record"], unique=False)


def _care_move() -> None:
    op.create_table(
        "care_move",
        sa.Column("referral", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("referral", "state", name=op.f("pk_care_move")),
    )


def _care_paper() -> None:
    op.create_table(
        "care_paper",
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_care_paper")),
    )
    op.create_index(op.f("ix_care_paper_record"), "care_paper", ["record"], unique=False)


def _care_party_key() -> None:
    op.create_table(
        "care_party_key",
        sa.Column("referral", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("referral", "role", name=op.f("pk_care_party_key")),
    )
    op.create_index(op.f("ix_care_party_key_record"), "care_party_key", ["record"], unique=False)


def _care_referral() -> None:
    op.create_table(
        "care_referral",
        sa.Column("referral", sa.LargeBinary(length=32), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deadline", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("referral", name=op.f("pk_care_referral")),
    )
