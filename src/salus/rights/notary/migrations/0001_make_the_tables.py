"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "notary_1"
down_revision = None
branch_labels = ("notary",)


def upgrade() -> None:
    op.create_table(
        "notary_batch",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("time", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tx", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_notary_batch")),
    )
    op.create_index(op.f("ix_notary_batch_root"), "notary_batch", ["root"], unique=False)
    op.create_table(
        "notary_leaf",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("batch_root", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notary_leaf")),
        sa.UniqueConstraint("content", name=op.f("uq_notary_leaf_content")),
    )
    op.create_index(op.f("ix_notary_leaf_batch_root"), "notary_leaf", ["batch_root"], unique=False)
