"""Renew the keys of sections."""

import sqlalchemy as sa
from alembic import op

revision = "custody_9"
down_revision = "custody_8"
branch_labels = None


def upgrade() -> None:
    op.add_column(
        "custody_renewal",
        sa.Column(
            "section",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            server_default=sa.text("0"),
        ),
    )
