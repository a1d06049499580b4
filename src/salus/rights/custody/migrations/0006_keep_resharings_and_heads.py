"""Keep resharings and heads."""

import sqlalchemy as sa
from alembic import op

revision = "custody_6"
down_revision = "custody_5"
branch_labels = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _custody_drill()
    _custody_joined_share()
    _custody_known_head()
    _custody_resharing()
    _custody_retired_key()
    _custody_prepared_unit()


def _custody_drill() -> None:
    op.create_table(
        "custody_drill",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("keys", _INT, nullable=False),
        sa.Column("failed", _INT, nullable=False),
        sa.Column("names", sa.String(length=800), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_custody_drill")),
    )


def _custody_joined_share() -> None:
    op.create_table(
        "custody_joined_share",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("generation", _INT, nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("set", sa.LargeBinary(length=32), nullable=False),
        sa.Column("parts", sa.LargeBinary(length=32), nullable=False),
        sa.Column("commit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "unit", "epoch", "generation", name=op.f("pk_custody_joined_share")
        ),
    )
    op.create_index(
        op.f("ix_custody_joined_share_record"), "custody_joined_share", ["record"], unique=False
    )


def _custody_known_head() -> None:
    op.create_table(
        "custody_known_head",
        sa.Column("holder", sa.LargeBinary(length=20), nullable=False),
        sa.Column("size", _INT, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("is_forked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_custody_known_head")),
    )


def _custody_resharing() -> None:
    op.create_table(
        "custody_resharing",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("set", sa.LargeBinary(length=32), nullable=False),
        sa.Column("earlier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("names", sa.String(length=800), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", _INT, nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_custody_resharing")),
    )


def _custody_retired_key() -> None:
    op.create_table(
        "custody_retired_key",
        sa.Column("holder", sa.LargeBinary(length=20), nullable=False),
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("commit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("index", _INT, nullable=False),
        sa.Column("time", _INT, nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint(
            "holder", "unit", "epoch", "commit", name=op.f("pk_custody_retired_key")
        ),
    )
    op.create_index(
        op.f("ix_custody_retired_key_record"), "custody_retired_key", ["record"], unique=False
    )


def _custody_prepared_unit() -> None:
    op.create_table(
        "custody_prepared_unit",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("dealing", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "epoch", name=op.f("pk_custody_prepared_unit")),
    )
