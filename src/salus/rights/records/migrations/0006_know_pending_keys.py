"""Know which tokens wait for new keys."""

import sqlalchemy as sa
from alembic import op

revision = "records_6"
down_revision = "records_5"
branch_labels = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "records_pending_rekey",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", number, nullable=False),
        sa.Column("epoch", number, nullable=False),
        sa.Column("deadline", number, nullable=False),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_records_pending_rekey")),
    )
