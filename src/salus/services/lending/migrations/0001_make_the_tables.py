"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "lending_1"
down_revision = None
branch_labels = ("lending",)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def _units(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=78), nullable=False)


def _bytes(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=length), nullable=nullable)


def _record() -> sa.Column[str]:
    return sa.Column("record", sa.String(length=32), nullable=False)


def upgrade() -> None:
    _lending_offer()
    _lending_appraisal()
    _lending_loan()
    _lending_note()
    _lending_auction()
    _lending_sold()
    _lending_buyout()


def _lending_offer() -> None:
    op.create_table(
        "lending_offer",
        _bytes("agreement", 32),
        _record(),
        _number("kept_at"),
        _bytes("document"),
        sa.PrimaryKeyConstraint("agreement", name=op.f("pk_lending_offer")),
    )
    op.create_index(op.f("ix_lending_offer_record"), "lending_offer", ["record"], unique=False)


def _lending_appraisal() -> None:
    op.create_table(
        "lending_appraisal",
        _record(),
        _number("section"),
        _number("at"),
        _units("value"),
        _units("raw"),
        sa.Column("licenses", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_lending_appraisal")),
    )


def _lending_loan() -> None:
    op.create_table(
        "lending_loan",
        _units("loan"),
        _record(),
        _number("section"),
        _bytes("borrower", 20),
        _number("state"),
        _number("round"),
        _number("opened_at"),
        _number("ended_at", nullable=True),
        _bytes("agreement", 32),
        _units("lent"),
        _units("interest"),
        _units("principal"),
        _bytes("receiver", 20, nullable=True),
        sa.PrimaryKeyConstraint("loan", name=op.f("pk_lending_loan")),
    )
    op.create_index(op.f("ix_lending_loan_record"), "lending_loan", ["record"], unique=False)


def _lending_note() -> None:
    op.create_table(
        "lending_note",
        _units("loan"),
        _bytes("holder", 20, nullable=True),
        sa.PrimaryKeyConstraint("loan", name=op.f("pk_lending_note")),
    )


def _lending_auction() -> None:
    op.create_table(
        "lending_auction",
        _units("loan"),
        _number("state"),
        _number("started_at"),
        _units("start_price"),
        _bytes("starter", 20),
        sa.PrimaryKeyConstraint("loan", name=op.f("pk_lending_auction")),
    )


def _lending_sold() -> None:
    op.create_table(
        "lending_sold",
        _units("loan"),
        _number("at"),
        _bytes("buyer", 20),
        _units("price"),
        _units("paid"),
        _units("surplus"),
        _units("shortfall"),
        sa.PrimaryKeyConstraint("loan", name=op.f("pk_lending_sold")),
    )


def _lending_buyout() -> None:
    op.create_table(
        "lending_buyout",
        _units("loan"),
        _units("price"),
        sa.PrimaryKeyConstraint("loan", name=op.f("pk_lending_buyout")),
    )
