"""Count how often somebody asks."""

import sqlalchemy as sa
from alembic import op

revision = "platform_4"
down_revision = "platform_3"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "platform_rate",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        *(_number(name) for name in ("window", "count", "before", "until")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_platform_rate")),
    )
    op.create_index(op.f("ix_platform_rate_until"), "platform_rate", ["until"], unique=False)
