"""Keep renewals."""

import sqlalchemy as sa
from alembic import op

revision = "custody_7"
down_revision = "custody_6"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "custody_renewal",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_custody_renewal")),
    )
