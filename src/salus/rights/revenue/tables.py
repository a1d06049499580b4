"""What the ledger says of money: index tables only, nothing of this is private."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from salus.platform.database import IndexTable

DIGITS = 78  # of the largest integer of the ledger


class Units(TypeDecorator[int]):
    """An integer of the ledger, kept as digits: a column of integers has fewer bits."""

    impl = String(DIGITS)
    cache_ok = True

    def process_bind_param(  # the signature is that of SQLAlchemy
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        return None if value is None else str(value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        return None if value is None else int(value)


class Number(Units):
    """The same as a key: with zeros in front, so that the database orders it as a number."""

    cache_ok = True

    def process_bind_param(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        return None if value is None else f"{value:0{DIGITS}d}"


class CreditRow(IndexTable):
    """Units that are owed to an account, and what was paid out to it in all."""

    __tablename__ = "revenue_credit"

    account: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    owed: Mapped[int] = mapped_column(Units)
    paid: Mapped[int] = mapped_column(Units)


class IncomeRow(IndexTable):
    """What was divided for a token on a day (since 1970); section 0 is the token of the record.

    `earned` is what licenses brought by the second; the rest of the legs is from sales and orders.
    """

    __tablename__ = "revenue_income"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    earned: Mapped[int] = mapped_column(Units)
    subject: Mapped[int] = mapped_column(Units)
    source: Mapped[int] = mapped_column(Units)
    host: Mapped[int] = mapped_column(Units)
    platform: Mapped[int] = mapped_column(Units)
    lender: Mapped[int] = mapped_column(Units)
    owner: Mapped[int] = mapped_column(Units)


class PrepaymentRow(IndexTable):
    """What a license paid ahead and got back in all (units), and the day at whose start it ends."""

    __tablename__ = "revenue_prepayment"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    license: Mapped[int] = mapped_column(Number, primary_key=True)
    licensee: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    end_day: Mapped[int]
    paid: Mapped[int] = mapped_column(Units)
    refunded: Mapped[int] = mapped_column(Units)


class LienRow(IndexTable):
    """The claim on the income of a token, while there is one."""

    __tablename__ = "revenue_lien"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[bytes] = mapped_column(LargeBinary(20))
    lien: Mapped[int] = mapped_column(Units)


class TermsRow(IndexTable):
    """How often what is offered on a token changed."""

    __tablename__ = "revenue_terms"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
