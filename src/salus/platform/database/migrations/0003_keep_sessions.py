"""Keep sessions of visitors."""

import sqlalchemy as sa
from alembic import op

revision = "platform_3"
down_revision = "platform_2"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "platform_session",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        _number("began_at"),
        _number("seen_at"),
        _number("confirmed_at"),
        sa.Column("said", sa.String(), nullable=False, server_default=""),
        sa.Column("wallet", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_platform_session")),
    )
    op.create_index(
        op.f("ix_platform_session_account"), "platform_session", ["account"], unique=False
    )
    op.create_table(
        "platform_sent_form",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(), nullable=False, server_default=""),
        _number("sent_at"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_platform_sent_form")),
    )
    op.create_index(
        op.f("ix_platform_sent_form_session"), "platform_sent_form", ["session"], unique=False
    )
