"""Keep the audit."""

import sqlalchemy as sa
from alembic import op

revision = "audit_1"
down_revision = None
branch_labels = ("audit",)

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIXED = ("sequence", "subject", "leaf", "content")
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
_LATER = "EXISTS (SELECT 1 FROM audit_entry WHERE sequence >= NEW.sequence)"
_CHANGED = " OR ".join(f"NEW.{each} IS NOT OLD.{each}" for each in _FIXED)
_WHEN = f"WHEN NEW.salt IS NOT NULL OR {_CHANGED}"
_TRIGGERS = (
    f"CREATE TRIGGER audit_entry_only_grows BEFORE INSERT ON audit_entry WHEN {_LATER} {_REFUSE}",
    f"CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry {_REFUSE}",
    f"CREATE TRIGGER audit_entry_stays_as_it_is BEFORE UPDATE ON audit_entry {_WHEN} {_REFUSE}",
)


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
    for trigger in _TRIGGERS:
        op.execute(trigger)
