"""Wait a day before erasing what a patient wants erased."""

import sqlalchemy as sa
from alembic import op

revision = "custody_10"
down_revision = "custody_9"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "custody_erasure_wish",
        _number("number"),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        _number("sections"),
        _number("asked_at"),
        _number("due_at"),
        _number("erasure"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody_erasure_wish")),
    )
    for column in ("account", "record"):
        name = op.f(f"ix_custody_erasure_wish_{column}")
        op.create_index(name, "custody_erasure_wish", [column])
    op.create_table(
        "custody_erasure_signed",
        _number("wish"),
        _number("position"),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wish"],
            ["custody_erasure_wish.number"],
            name=op.f("fk_custody_erasure_signed_wish_custody_erasure_wish"),
        ),
        sa.PrimaryKeyConstraint("wish", "position", name=op.f("pk_custody_erasure_signed")),
    )
