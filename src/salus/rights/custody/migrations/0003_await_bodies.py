"""Await bodies of a source with a vault of its own."""

import sqlalchemy as sa
from alembic import op

revision = "custody_3"
down_revision = "custody_2"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "custody_awaited_body",
        sa.Column("name", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.LargeBinary(length=20), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custody_awaited_body")),
    )
