"""Take requests for access."""

import sqlalchemy as sa
from alembic import op

revision = "consent_9"
down_revision = "consent_8"
branch_labels = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("asker", sa.LargeBinary(length=20), nullable=False),
        sa.Column("sections", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("until", whole, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", whole, nullable=False),
        sa.Column("is_heard", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_request")),
    )
    for column in ("record", "asker"):
        name = op.f(f"ix_consent_request_{column}")
        op.create_index(name, "consent_request", [column], unique=False)
