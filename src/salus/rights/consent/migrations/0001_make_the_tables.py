"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "consent_1"
down_revision = None
branch_labels = ("consent",)


def upgrade() -> None:
    op.create_table(
        "consent_controller",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_consent_controller")),
    )
    op.create_table(
        "consent_grant",
        sa.Column("grant", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("state", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "not_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "not_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_consent_grant")),
    )
    op.create_index(op.f("ix_consent_grant_record"), "consent_grant", ["record"], unique=False)
    op.create_table(
        "consent_grant_terms",
        sa.Column("grant", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_consent_grant_terms")),
    )
    op.create_index(
        op.f("ix_consent_grant_terms_record"), "consent_grant_terms", ["record"], unique=False
    )
