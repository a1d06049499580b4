"""Keep who acts for whom, and what was signed so."""

import sqlalchemy as sa
from alembic import op

revision = "consent_8"
down_revision = "consent_7"
branch_labels = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_acting",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("began_at", whole, nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_consent_acting")),
    )
    op.create_table(
        "consent_acted",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("delegate", sa.LargeBinary(length=20), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("at", whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_acted")),
    )
    op.create_index(op.f("ix_consent_acted_record"), "consent_acted", ["record"], unique=False)
