"""Keep exports that are made or can be fetched."""

import sqlalchemy as sa
from alembic import op

revision = "custody_11"
down_revision = "custody_10"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "custody_export",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("records", sa.String(), nullable=False),
        _number("begun_at"),
        _number("beat_at"),
        _number("until"),
        _number("total"),
        _number("done"),
        _number("size"),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_export")),
    )
    op.create_index(op.f("ix_custody_export_account"), "custody_export", ["account"])
