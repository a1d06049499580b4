"""Keep accounts."""

import sqlalchemy as sa
from alembic import op

revision = "identity_2"
down_revision = "identity_1"
branch_labels = None


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False, server_default=default)


def upgrade() -> None:
    op.create_table(
        "identity_account",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=160), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("large", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=False),
        _number("totp_step", "0"),
        sa.Column("keystore", sa.LargeBinary(), nullable=False),
        sa.Column("recovery", sa.LargeBinary(), nullable=False),
        sa.Column("guardian", sa.LargeBinary(), nullable=False),
        _number("failures", "0"),
        _number("closed_until", "0"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_identity_account")),
        sa.UniqueConstraint("name", name=op.f("uq_identity_account_name")),
    )
