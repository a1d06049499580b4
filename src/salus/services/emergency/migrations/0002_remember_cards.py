"""Remember cards."""

import sqlalchemy as sa
from alembic import op

revision = "emergency_2"
down_revision = "emergency_1"
branch_labels = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "emergency_card",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("version", whole, nullable=False),
        sa.Column("made_at", whole, nullable=False),
        sa.Column("until", whole, nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_emergency_card")),
    )
