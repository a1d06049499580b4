"""Name helpers."""

import sqlalchemy as sa
from alembic import op

revision = "consent_6"
down_revision = "consent_5"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "consent_helper",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", "address", name=op.f("pk_consent_helper")),
    )
