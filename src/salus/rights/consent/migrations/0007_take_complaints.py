"""Take complaints."""

import sqlalchemy as sa
from alembic import op

revision = "consent_7"
down_revision = "consent_6"
branch_labels = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_complaint",
        sa.Column("complaint", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", whole, nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", whole, nullable=False),
        sa.PrimaryKeyConstraint("complaint", name=op.f("pk_consent_complaint")),
    )
    op.create_index(
        op.f("ix_consent_complaint_record"), "consent_complaint", ["record"], unique=False
    )
