"""Know people."""

import sqlalchemy as sa
from alembic import op

revision = "identity_1"
down_revision = None
branch_labels = ("identity",)


def upgrade() -> None:
    _identity_link_event()
    _identity_person()
    _identity_review()
    _identity_written()
    _identity_block()
    _ix_identity_block_key_second()


def _identity_link_event() -> None:
    op.create_table(
        "identity_link_event",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_link_event")),
    )
    op.create_index(
        op.f("ix_identity_link_event_left"), "identity_link_event", ["left"], unique=False
    )
    op.create_index(
        op.f("ix_identity_link_event_right"), "identity_link_event", ["right"], unique=False
    )


def _identity_person() -> None:
    op.create_table(
        "identity_person",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("enterprise", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_person")),
        sa.UniqueConstraint("enterprise", name=op.f("uq_identity_person_enterprise")),
        sa.UniqueConstraint("record", name=op.f("uq_identity_person_record")),
    )


def _identity_review() -> None:
    op.create_table(
        "identity_review",
        sa.Column("left", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("parts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bars", sa.String(length=200), nullable=False),
        sa.Column("agrees", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("left", "right", name=op.f("pk_identity_review")),
    )
    op.create_index(op.f("ix_identity_review_right"), "identity_review", ["right"], unique=False)


def _identity_written() -> None:
    op.create_table(
        "identity_written",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_written")),
    )
    op.create_index(
        op.f("ix_identity_written_record"), "identity_written", ["record"], unique=False
    )


def _identity_block() -> None:
    op.create_table(
        "identity_block",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("second", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["identity_person.record"],
            name=op.f("fk_identity_block_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record", "key", "second", name=op.f("pk_identity_block")),
    )


def _ix_identity_block_key_second() -> None:
    op.create_index(
        "ix_identity_block_key_second", "identity_block", ["key", "second"], unique=False
    )
