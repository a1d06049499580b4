"""Keep spare codes, and what was changed on accounts."""

import sqlalchemy as sa
from alembic import op

revision = "identity_6"
down_revision = "identity_5"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "identity_spare_code",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_identity_spare_code")),
    )
    op.create_index(op.f("ix_identity_spare_code_account"), "identity_spare_code", ["account"])
    op.create_table(
        "identity_account_change",
        _number("number"),
        _number("at"),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_account_change")),
    )
    op.create_index(
        op.f("ix_identity_account_change_account"), "identity_account_change", ["account"]
    )
