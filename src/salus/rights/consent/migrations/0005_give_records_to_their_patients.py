"""Give records to their patients."""

import sqlalchemy as sa
from alembic import op

revision = "consent_5"
down_revision = "consent_4"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "consent_invitation",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_invitation")),
    )
    op.create_index(
        op.f("ix_consent_invitation_code"), "consent_invitation", ["code"], unique=False
    )
    op.create_table(
        "consent_claimed",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("is_controlled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_claimed")),
    )
    op.create_index(
        op.f("ix_consent_claimed_account"), "consent_claimed", ["account"], unique=False
    )
