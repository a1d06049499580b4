"""From the events of Appraiser, LoanBook and LoanAuction to rows of the index."""

from enum import IntEnum
from typing import Any

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY
from salus.platform.ledger import DecodedEvent
from salus.rights.revenue.projections import place_of
from salus.services.lending.model import State
from salus.services.lending.tables import (
    AppraisalRow,
    AuctionRow,
    BuyoutRow,
    LoanRow,
    NoteRow,
    SoldRow,
)

_PRINCIPAL, _AGREEMENT = 3, 12  # places in a LoanOffer


class AuctionState(IntEnum):
    """Numbers as in ILoanAuction.sol."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    SETTLED = 3


def _appraised(session: Session, event: DecodedEvent) -> None:
    place = place_of(event.values["token"])
    session.merge(
        AppraisalRow(
            record=place.record,
            section=place.section,
            at=event.block.time,
            value=event.values["value"],
            raw=event.values["raw"],
            licenses=",".join(map(str, event.values["licenses"])),
        )
    )


def _opened(session: Session, event: DecodedEvent) -> None:
    values, place = event.values, place_of(event.values["tokenId"])
    offer = values["offer"]
    session.add(
        LoanRow(
            loan=values["loanId"],
            record=place.record,
            section=place.section,
            borrower=values["borrower"],
            state=State.ACTIVE,
            round=0,
            opened_at=event.block.time,
            ended_at=None,
            agreement=offer[_AGREEMENT],
            lent=offer[_PRINCIPAL],
            interest=0,
            principal=0,
            receiver=None,
        )
    )


def _paid(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.interest += event.values["interest"]
    row.principal += event.values["principal"]


def _refinanced(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.round, row.lent = event.values["round"], event.values["principal"]
    row.agreement, row.state = event.values["offer"][_AGREEMENT], State.ACTIVE


def _ended(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.state, row.receiver = event.values["state"], event.values["receiver"]
    row.ended_at = event.block.time


def _flagged(session: Session, event: DecodedEvent) -> None:
    _loan(session, event).state = event.values["state"]


def _cured(session: Session, event: DecodedEvent) -> None:
    _loan(session, event).state = State.ACTIVE


def _moved(session: Session, event: DecodedEvent) -> None:
    """The note of a loan is born before the loan is told, and dies with it."""
    loan, to = event.values["tokenId"] >> 8, event.values["to"]
    session.merge(NoteRow(loan=loan, holder=None if to == NOBODY else to))


def _auction_started(session: Session, event: DecodedEvent) -> None:
    values = event.values
    session.add(
        AuctionRow(
            loan=values["loanId"],
            state=AuctionState.OPEN,
            started_at=event.block.time,
            start_price=values["startPrice"],
            starter=values["starter"],
        )
    )
    _loan(session, event).state = State.AUCTION


def _auction_closed(session: Session, event: DecodedEvent) -> None:
    session.get_one(AuctionRow, event.values["loanId"]).state = AuctionState.CLOSED


def _settled(session: Session, event: DecodedEvent) -> None:
    """A pledge that was bought out before any auction has no row of one."""
    values: dict[str, Any] = event.values
    auction = session.get(AuctionRow, values["loanId"])
    if auction is not None:
        auction.state = AuctionState.SETTLED
    session.add(
        SoldRow(
            loan=values["loanId"],
            at=event.block.time,
            buyer=values["buyer"],
            price=values["price"],
            paid=values["paid"],
            surplus=values["surplus"],
            shortfall=values["shortfall"],
        )
    )


def _buyout_set(session: Session, event: DecodedEvent) -> None:
    session.merge(BuyoutRow(loan=event.values["loanId"], price=event.values["price"]))


def _loan(session: Session, event: DecodedEvent) -> LoanRow:
    return session.get_one(LoanRow, event.values["loanId"])


PROJECTIONS = {
    ("Appraiser", "Appraised"): _appraised,
    ("LoanBook", "LoanOpened"): _opened,
    ("LoanBook", "LoanPaid"): _paid,
    ("LoanBook", "LoanRefinanced"): _refinanced,
    ("LoanBook", "LoanEnded"): _ended,
    ("LoanBook", "Transfer"): _moved,
    ("LoanAuction", "LoanFlagged"): _flagged,
    ("LoanAuction", "LoanCured"): _cured,
    ("LoanAuction", "AuctionStarted"): _auction_started,
    ("LoanAuction", "AuctionClosed"): _auction_closed,
    ("LoanAuction", "AuctionSettled"): _settled,
    ("LoanAuction", "BuyoutSet"): _buyout_set,
}
