"""Loans as they stand now: what is owed, to whom, in which state, and what may happen next."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, RecordId
from salus.platform.ledger import Block
from salus.platform.work import Node
from salus.rights.identity.ledger import View, Views
from salus.rights.records.ledger import token_of
from salus.rights.revenue import ledger as money
from salus.services.lending import ledger
from salus.services.lending.errors import UnknownLoan
from salus.services.lending.ledger import AuctionOnLedger
from salus.services.lending.model import (
    LENGTH,
    TERMINAL,
    Loan,
    Reading,
    State,
    accrue_interest,
    debt,
    price_at,
)
from salus.services.lending.projections import AuctionState
from salus.services.lending.tables import BuyoutRow, LoanRow, NoteRow, SoldRow


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan at a final block. `debt` is with the interest up to then, before income that was not
    divided (`pending`, units). `creditor` is NOBODY once it is over. `asked` is the price at which
    the borrower sells the pledge (units), 0 for none.
    """

    loan: Loan
    debt: int
    creditor: Address
    reading: Reading
    pending: int
    agreement: Digest
    asked: int

    @property
    def is_over(self) -> bool:
        return self.loan.state in TERMINAL


def to_now(node: Node) -> None:
    """What is read after this is of now: an idle chain adds a block. Each verb does it first."""
    node.ledger.advance()
    node.follow()


def standing(node: Node, number: int) -> Standing:
    """A loan as the ledger has it now. Raises UnknownLoan."""
    ask, at = Views(node), node.ledger.final()
    known = ledger.loan_of(ask, number, at=at)
    if known.state is State.NONE:
        raise UnknownLoan(loan=number)
    loan = accrue_interest(known, at.time)
    is_live = loan.state not in TERMINAL
    return Standing(
        loan,
        debt(loan),
        ledger.creditor_of(ask, number, at=at),
        reading_of(ask, loan.token, at=at),
        money.pending_of(ask, loan.token, at=at) if is_live else 0,
        ledger.agreement_of(ask, number, at=at),
        ledger.buyout_of(ask, number, at=at) if is_live else 0,
    )


def reading_of(ask: View, token: int, *, at: Block) -> Reading:
    """The value as it was read last, and the rate of now."""
    appraisal = ledger.appraisal_of(ask, token, at=at)
    rate = money.rate_of(ask, token, at=at)
    return Reading(appraisal.value, appraisal.is_fresh(at.time), rate)


def loan_number(text: str) -> int:
    """Raises UnknownLoan."""
    if not text.isdecimal() or len(text) > len(str(2**96)):
        raise UnknownLoan(loan=text[:40])
    return int(text)


@dataclass(frozen=True, slots=True)
class KnownLoan:
    """A loan as the index has it; money in units, times in seconds."""

    number: int
    record: RecordId
    section: int
    borrower: Address
    holder: Address | None
    state: State
    lent: int
    interest: int
    principal: int
    opened_at: int

    @property
    def token(self) -> int:
        return token_of(self.record, self.section)


def loans(session: Session, *, live_only: bool = False) -> list[KnownLoan]:
    """Every loan, the oldest first."""
    return list(_loans(session, live_only=live_only))


def _loans(session: Session, *, live_only: bool) -> Iterator[KnownLoan]:
    rows = session.execute(
        select(LoanRow, NoteRow.holder)
        .outerjoin(NoteRow, NoteRow.loan == LoanRow.loan)
        .order_by(LoanRow.opened_at)
    ).all()
    for row, holder in sorted(rows, key=lambda each: each[0].loan):
        state = State(row.state)
        if not (live_only and state in TERMINAL):
            yield KnownLoan(
                row.loan,
                RecordId(int(row.record, 16)),
                row.section,
                Address(row.borrower),
                Address(holder) if holder else None,
                state,
                row.lent,
                row.interest,
                row.principal,
                row.opened_at,
            )


def for_sale(session: Session) -> list[tuple[KnownLoan, int]]:
    """Live loans whose borrower asks a price for what is pledged (units), the oldest first."""
    prices = {row.loan: row.price for row in session.scalars(select(BuyoutRow))}
    found = ((each, prices.get(each.number, 0)) for each in loans(session, live_only=True))
    return [(each, price) for each, price in found if price]


@dataclass(frozen=True, slots=True)
class Sold:
    """How the price of a pledge was divided (units)."""

    buyer: Address
    price: int
    paid: int
    surplus: int
    shortfall: int


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction now: `price` is the present one, or the last; `ends_at` in seconds."""

    loan: int
    state: AuctionState
    start_price: int
    started_at: int
    price: int
    ends_at: int
    starter: Address
    sold: Sold | None


def auction(node: Node, number: int) -> Auction | None:
    """The auction of a loan; None when it never had one."""
    at = node.ledger.final()
    found = ledger.auction_of(Views(node), number, at=at)
    if not found.state:
        return None
    with node.reading() as session:
        return _auction(session, number, found, at.time)


def auctions(node: Node) -> list[Auction]:
    """Every auction that there was, the oldest loan first."""
    with node.reading() as session:
        numbers = [each.number for each in loans(session)]
    found = (auction(node, number) for number in numbers)
    return [each for each in found if each is not None]


def _auction(session: Session, number: int, found: AuctionOnLedger, now: int) -> Auction:
    return Auction(
        number,
        AuctionState(found.state),
        found.start_price,
        found.started_at,
        price_at(found.start_price, found.started_at, now),
        found.started_at + LENGTH,
        found.starter,
        sold(session, number),
    )


def sold(session: Session, number: int) -> Sold | None:
    """How a pledge was sold, in its auction or at the borrower's price."""
    row = session.get(SoldRow, number)
    if row is None:
        return None
    return Sold(Address(row.buyer), row.price, row.paid, row.surplus, row.shortfall)
