"""Know the epoch of keys."""

import sqlalchemy as sa
from alembic import op

revision = "records_4"
down_revision = "records_3"
branch_labels = None


def upgrade() -> None:
    op.add_column(
        "records_record",
        sa.Column(
            "epoch",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            server_default=sa.text("0"),
        ),
    )
