"""Know the owners of tokens."""

import sqlalchemy as sa
from alembic import op

revision = "records_5"
down_revision = "records_4"
branch_labels = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "records_token",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", _INT, nullable=False),
        sa.Column("owner", sa.LargeBinary(length=20), nullable=False),
        sa.Column("block", _INT, nullable=False),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_records_token")),
    )
