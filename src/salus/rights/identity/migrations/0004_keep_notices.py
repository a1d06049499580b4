"""Keep notices, and how people are reached."""

import sqlalchemy as sa
from alembic import op

revision = "identity_4"
down_revision = "identity_3"
branch_labels = None


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "identity_notice",
        _text("account", 32),
        _text("key", 120),
        _text("kind", 16),
        _text("path", 80),
        _number("at"),
        _number("seen_at"),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_identity_notice")),
    )
    op.create_index(op.f("ix_identity_notice_at"), "identity_notice", ["at"])
    op.create_table(
        "identity_reach",
        _text("account", 32),
        *(_bytes(name) for name in ("mail", "hook", "secret", "code")),
        _number("tries"),
        _text("muted", 600),
        _number("quiet_first"),
        _number("quiet_last"),
        _text("zone", 40),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_identity_reach")),
    )
    op.create_table(
        "identity_sent_notice",
        _text("id", 32),
        _text("account", 32),
        _text("key", 120),
        _text("channel", 8),
        _number("made_at"),
        _number("sent_at"),
        _number("tries"),
        _text("receipt", 80),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_sent_notice")),
    )
    op.create_index(op.f("ix_identity_sent_notice_account"), "identity_sent_notice", ["account"])
