"""Tell of late erasures."""

import sqlalchemy as sa
from alembic import op

revision = "custody_8"
down_revision = "custody_7"
branch_labels = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "custody_erasure_notice",
        sa.Column("erasure", _INT, nullable=False),
        sa.Column("told", sa.LargeBinary(length=20), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure"], ["custody_erasure.number"], name=op.f("fk_custody_erasure_notice_erasure")
        ),
        sa.PrimaryKeyConstraint("erasure", "told", name=op.f("pk_custody_erasure_notice")),
    )
