"""Keep offers that wait for the word of a lender."""

import sqlalchemy as sa
from alembic import op

revision = "exchange_2"
down_revision = "exchange_1"


def upgrade() -> None:
    op.create_table(
        "exchange_draft",
        sa.Column("agreement", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", name=op.f("pk_exchange_draft")),
    )
    op.create_index(op.f("ix_exchange_draft_record"), "exchange_draft", ["record"], unique=False)
