"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "custody_1"
down_revision = None
branch_labels = ("custody",)


def upgrade() -> None:
    _custody_acknowledgement()
    _custody_answered()
    _custody_dealt_unit()
    _custody_held_secret()
    _custody_log_leaf()
    _custody_look()
    _custody_stored_object()
    _custody_stored_version()


def _custody_acknowledgement() -> None:
    op.create_table(
        "custody_acknowledgement",
        sa.Column("dealing_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=20), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint("dealing_id", "holder", name=op.f("pk_custody_acknowledgement")),
    )


def _custody_answered() -> None:
    op.create_table(
        "custody_answered",
        sa.Column("request", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("first", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_custody_answered")),
    )
    op.create_index(op.f("ix_custody_answered_nonce"), "custody_answered", ["nonce"], unique=False)
    op.create_index(op.f("ix_custody_answered_until"), "custody_answered", ["until"], unique=False)


def _custody_dealt_unit() -> None:
    op.create_table(
        "custody_dealt_unit",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dealing", sa.LargeBinary(), nullable=False),
        sa.Column("dealing_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kek", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "epoch", name=op.f("pk_custody_dealt_unit")),
    )


def _custody_held_secret() -> None:
    op.create_table(
        "custody_held_secret",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dealing", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "epoch", name=op.f("pk_custody_held_secret")),
    )


def _custody_log_leaf() -> None:
    op.create_table(
        "custody_log_leaf",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_custody_log_leaf")),
    )


def _custody_look() -> None:
    op.create_table(
        "custody_look",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reader", sa.LargeBinary(length=20), nullable=False),
        sa.Column("purpose", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("request", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody_look")),
    )
    op.create_index(op.f("ix_custody_look_record"), "custody_look", ["record"], unique=False)


def _custody_stored_object() -> None:
    op.create_table(
        "custody_stored_object",
        sa.Column("object_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_custody_stored_object")),
    )


def _custody_stored_version() -> None:
    op.create_table(
        "custody_stored_version",
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("root", name=op.f("pk_custody_stored_version")),
    )
