"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "revenue_1"
down_revision = None
branch_labels = ("revenue",)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _units(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=78), nullable=False)


def _account(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=20), nullable=False)


def _token() -> tuple[sa.Column[str], sa.Column[int]]:
    return sa.Column("record", sa.String(length=32), nullable=False), _number("section")


def upgrade() -> None:
    _revenue_credit()
    _revenue_income()
    _revenue_prepayment()
    _revenue_lien()
    _revenue_terms()


def _revenue_credit() -> None:
    op.create_table(
        "revenue_credit",
        _account("account"),
        _units("owed"),
        _units("paid"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_revenue_credit")),
    )


def _revenue_income() -> None:
    op.create_table(
        "revenue_income",
        *_token(),
        _number("day"),
        _units("earned"),
        _units("subject"),
        _units("source"),
        _units("host"),
        _units("platform"),
        _units("lender"),
        _units("owner"),
        sa.PrimaryKeyConstraint("record", "section", "day", name=op.f("pk_revenue_income")),
    )


def _revenue_prepayment() -> None:
    op.create_table(
        "revenue_prepayment",
        *_token(),
        _units("license"),
        _account("licensee"),
        _number("end_day"),
        _units("paid"),
        _units("refunded"),
        sa.PrimaryKeyConstraint("record", "section", "license", name=op.f("pk_revenue_prepayment")),
    )
    op.create_index(
        op.f("ix_revenue_prepayment_licensee"), "revenue_prepayment", ["licensee"], unique=False
    )


def _revenue_lien() -> None:
    op.create_table(
        "revenue_lien",
        *_token(),
        _account("module"),
        _units("lien"),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_revenue_lien")),
    )


def _revenue_terms() -> None:
    op.create_table(
        "revenue_terms",
        *_token(),
        _number("seq"),
        sa.PrimaryKeyConstraint("record", "section", name=op.f("pk_revenue_terms")),
    )
