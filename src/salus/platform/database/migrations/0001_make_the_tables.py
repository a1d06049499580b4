"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "platform_1"
down_revision = None
branch_labels = ("platform",)


def upgrade() -> None:
    op.create_table(
        "platform_index_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_index_cursor")),
    )
    op.create_table(
        "platform_work",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("run_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "lease_until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_platform_work")),
    )
    op.create_index(op.f("ix_platform_work_run_at"), "platform_work", ["run_at"], unique=False)
