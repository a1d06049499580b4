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
