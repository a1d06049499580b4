"""Keep the audit."""

import sqlalchemy as sa
from alembic import op

from salus.platform.database.guarding import only_grows

revision = "audit_1"
down_revision = None
branch_labels = ("audit",)

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIXED = ("sequence", "subject", "leaf", "content")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", _INT, autoincrement=False, nullable=False),
        sa.Column("subject", sa.LargeBinary(length=16), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "audit_subject",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_audit_subject")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_audit_subject_pseudonym")),
    )
    op.create_table(
        "audit_head",
        sa.Column("node", sa.LargeBinary(length=20), nullable=False),
        sa.Column("size", _INT, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.PrimaryKeyConstraint("node", "size", name=op.f("pk_audit_head")),
    )
    only_grows(
        op.get_bind(),
        "audit_entry",
        order="sequence",
        fixed=_FIXED,
        forgettable="salt",
        why="the audit only grows",
    )
