"""Remember signed heads."""

import sqlalchemy as sa
from alembic import op

revision = "notary_2"
down_revision = "notary_1"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "notary_signed_head",
        sa.Column("signer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("signer", name=op.f("pk_notary_signed_head")),
    )
