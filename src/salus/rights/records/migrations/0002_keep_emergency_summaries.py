"""Keep emergency summaries."""

import sqlalchemy as sa
from alembic import op

revision = "records_2"
down_revision = "records_1"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "records_emergency_summary",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_records_emergency_summary")),
    )
