"""Know what happens to loans and who was told, and which offers were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "lending_2"
down_revision = "lending_1"


def upgrade() -> None:
    _lending_withdrawn()
    _lending_step()
    _lending_notice()


def _bytes(name: str, length: int) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=length), nullable=False)


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _lending_withdrawn() -> None:
    op.create_table(
        "lending_withdrawn",
        _bytes("signer", 20),
        _bytes("word", 31),
        _bytes("mask", 32),
        sa.PrimaryKeyConstraint("signer", "word", name=op.f("pk_lending_withdrawn")),
    )


def _lending_step() -> None:
    op.create_table(
        "lending_step",
        _text("loan", 78),
        _number("number"),
        _text("step", 16),
        _number("at"),
        _bytes("holder", 20),
        sa.PrimaryKeyConstraint("loan", "number", name=op.f("pk_lending_step")),
    )


def _lending_notice() -> None:
    op.create_table(
        "lending_notice",
        _number("loan"),
        _number("number"),
        _bytes("told", 20),
        _text("step", 16),
        _number("at"),
        _text("record", 32),
        _text("role", 16),
        sa.PrimaryKeyConstraint("loan", "number", "told", name=op.f("pk_lending_notice")),
    )
    op.create_index(op.f("ix_lending_notice_record"), "lending_notice", ["record"], unique=False)
