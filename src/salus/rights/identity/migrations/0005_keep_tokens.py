"""Keep bearer tokens."""

import sqlalchemy as sa
from alembic import op

revision = "identity_5"
down_revision = "identity_4"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "identity_token",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("wallet", sa.LargeBinary(), nullable=False),
        _number("made_at"),
        _number("until"),
        _number("used_at"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_identity_token")),
        sa.UniqueConstraint("id", name=op.f("uq_identity_token_id")),
    )
    op.create_index(op.f("ix_identity_token_account"), "identity_token", ["account"])
