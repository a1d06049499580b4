"""Keep reads that several must sign."""

import sqlalchemy as sa
from alembic import op

revision = "custody_12"
down_revision = "custody_11"
branch_labels = None


def upgrade() -> None:
    until = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "custody_joint_read",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("reader", sa.LargeBinary(length=20), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("until", until, nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_joint_read")),
    )
    for column in ("record", "until"):
        name = op.f(f"ix_custody_joint_read_{column}")
        op.create_index(name, "custody_joint_read", [column])
    op.create_table(
        "custody_joint_answer",
        sa.Column("read", sa.String(length=32), nullable=False),
        sa.Column("approver", sa.LargeBinary(length=20), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("read", "approver", name=op.f("pk_custody_joint_answer")),
    )
    op.create_index(op.f("ix_custody_joint_answer_record"), "custody_joint_answer", ["record"])
