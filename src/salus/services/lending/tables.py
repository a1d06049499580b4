"""Offers that lenders signed (private), and what the ledger says of loans (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable
from salus.rights.revenue.tables import Number, Units


class KeptOffer(PrivateTable):
    """A signed offer with the text of its agreement, by the salted hash of that text.

    Erasing the row takes the salt away, and the hash on the ledger says nothing any more.
    """

    __tablename__ = "lending_offer"

    agreement: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    kept_at: Mapped[int]
    document: Mapped[bytes]


class LoanNotice(PrivateTable):
    """Who was told of which step of a loan, by its number; `at` in seconds."""

    __tablename__ = "lending_notice"

    loan: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[int]
    record: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))


class StepRow(IndexTable):
    """What happened to a loan, counted from 1, and when (seconds). `holder` had its note then, or
    had it last.
    """

    __tablename__ = "lending_step"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[int]
    holder: Mapped[bytes] = mapped_column(LargeBinary(20))


class AppraisalRow(IndexTable):
    """The last value of a token (units), and the licenses it was read from, separated by commas."""

    __tablename__ = "lending_appraisal"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int]
    value: Mapped[int] = mapped_column(Units)
    raw: Mapped[int] = mapped_column(Units)
    licenses: Mapped[str]


class LoanRow(IndexTable):
    """A loan by its number. `lent` is what the present lender advanced, `interest` and `principal`
    what was paid in all (units); `receiver` has the token once the loan is over.
    """

    __tablename__ = "lending_loan"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    borrower: Mapped[bytes] = mapped_column(LargeBinary(20))
    state: Mapped[int]
    round: Mapped[int]
    opened_at: Mapped[int]
    ended_at: Mapped[int | None]
    agreement: Mapped[bytes] = mapped_column(LargeBinary(32))
    lent: Mapped[int] = mapped_column(Units)
    interest: Mapped[int] = mapped_column(Units)
    principal: Mapped[int] = mapped_column(Units)
    receiver: Mapped[bytes | None] = mapped_column(LargeBinary(20))


class WithdrawnRow(IndexTable):
    """Which signatures a key took back: bits of the nonces whose first 31 bytes are `word`."""

    __tablename__ = "lending_withdrawn"

    signer: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    word: Mapped[bytes] = mapped_column(LargeBinary(31), primary_key=True)
    mask: Mapped[bytes] = mapped_column(LargeBinary(32))


class NoteRow(IndexTable):
    """Who is paid for a loan; nobody once it is over."""

    __tablename__ = "lending_note"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    holder: Mapped[bytes | None] = mapped_column(LargeBinary(20))


class AuctionRow(IndexTable):
    """The sale of a pledge, and how its price was divided (units)."""

    __tablename__ = "lending_auction"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    state: Mapped[int]
    started_at: Mapped[int]
    start_price: Mapped[int] = mapped_column(Units)
    starter: Mapped[bytes] = mapped_column(LargeBinary(20))


class SoldRow(IndexTable):
    """A pledge that was sold, in its auction or at the borrower's price (units)."""

    __tablename__ = "lending_sold"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[int]
    buyer: Mapped[bytes] = mapped_column(LargeBinary(20))
    price: Mapped[int] = mapped_column(Units)
    paid: Mapped[int] = mapped_column(Units)
    surplus: Mapped[int] = mapped_column(Units)
    shortfall: Mapped[int] = mapped_column(Units)


class BuyoutRow(IndexTable):
    """What a borrower asks for the pledged token (units); 0 after it was taken back."""

    __tablename__ = "lending_buyout"

    loan: Mapped[int] = mapped_column(Number, primary_key=True)
    price: Mapped[int] = mapped_column(Units)
