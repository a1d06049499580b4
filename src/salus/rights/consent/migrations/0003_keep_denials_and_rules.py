"""Keep denials and rules.

The rows of grants are made anew from the ledger: they are index.
"""

import sqlalchemy as sa
from alembic import op

revision = "consent_3"
down_revision = "consent_2"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _bytes(name: str, size: int) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=size), nullable=False)


def _record() -> sa.Column[str]:
    return sa.Column("record", sa.String(length=32), nullable=False)


def upgrade() -> None:
    _consent_grant()
    _consent_rule()
    _consent_approver()
    _consent_unit_rule()


def _consent_grant() -> None:
    op.drop_table("consent_grant")
    op.create_table(
        "consent_grant",
        _bytes("grant", 32),
        _record(),
        _number("effect"),
        _number("state"),
        _bytes("commitment", 32),
        _bytes("rule", 32),
        _bytes("condition", 20),
        _bytes("condition_key", 32),
        _number("approvals"),
        _number("not_before"),
        _number("not_after"),
        _number("block"),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_consent_grant")),
    )
    op.create_index(op.f("ix_consent_grant_record"), "consent_grant", ["record"], unique=False)


def _consent_rule() -> None:
    op.create_table(
        "consent_rule",
        _record(),
        _bytes("rule", 32),
        _number("threshold"),
        sa.Column("each_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record", "rule", name=op.f("pk_consent_rule")),
    )


def _consent_approver() -> None:
    op.create_table(
        "consent_approver",
        _record(),
        _bytes("rule", 32),
        _number("seat"),
        _bytes("approver", 20),
        sa.PrimaryKeyConstraint("record", "rule", "seat", name=op.f("pk_consent_approver")),
    )


def _consent_unit_rule() -> None:
    op.create_table(
        "consent_unit_rule",
        _record(),
        _bytes("unit", 32),
        _bytes("rule", 32),
        sa.PrimaryKeyConstraint("record", "unit", name=op.f("pk_consent_unit_rule")),
    )
