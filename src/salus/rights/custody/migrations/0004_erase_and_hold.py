"""Erase and hold."""

import sqlalchemy as sa
from alembic import op

revision = "custody_4"
down_revision = "custody_3"
branch_labels = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _custody_erasure()
    _custody_deletion()
    _custody_handed_out()
    _custody_legal_hold()


def _custody_erasure() -> None:
    op.create_table(
        "custody_erasure",
        sa.Column("number", _INT, nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("sections", _INT, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("asked_at", _INT, nullable=False),
        sa.Column("k", _INT, nullable=False),
        sa.Column("units", sa.LargeBinary(), nullable=False),
        sa.Column("bodies", sa.LargeBinary(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("is_shredded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody_erasure")),
    )
    op.create_index(op.f("ix_custody_erasure_record"), "custody_erasure", ["record"], unique=False)


def _custody_deletion() -> None:
    op.create_table(
        "custody_deletion",
        sa.Column("erasure", _INT, nullable=False),
        sa.Column("holder", sa.LargeBinary(length=20), nullable=False),
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("index", _INT, nullable=False),
        sa.Column("commit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", _INT, nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure"], ["custody_erasure.number"], name=op.f("fk_custody_deletion_erasure")
        ),
        sa.PrimaryKeyConstraint(
            "erasure", "holder", "unit", "epoch", name=op.f("pk_custody_deletion")
        ),
    )


def _custody_handed_out() -> None:
    op.create_table(
        "custody_handed_out",
        sa.Column("object_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("dealing", sa.LargeBinary(), nullable=False),
        sa.Column("segment_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_custody_handed_out")),
    )
    op.create_index(
        op.f("ix_custody_handed_out_record"), "custody_handed_out", ["record"], unique=False
    )
    op.create_index(op.f("ix_custody_handed_out_at"), "custody_handed_out", ["at"], unique=False)


def _custody_legal_hold() -> None:
    op.create_table(
        "custody_legal_hold",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("resources", _INT, nullable=False),
        sa.Column("made_at", _INT, nullable=False),
        sa.Column("until", _INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_legal_hold")),
    )
    op.create_index(
        op.f("ix_custody_legal_hold_record"), "custody_legal_hold", ["record"], unique=False
    )
    op.create_index(
        op.f("ix_custody_legal_hold_until"), "custody_legal_hold", ["until"], unique=False
    )
