"""Name the storage key."""

import sqlalchemy as sa
from alembic import op

revision = "platform_2"
down_revision = "platform_1"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "platform_storage_key",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_platform_storage_key")),
    )
