"""From the events of Appraiser, LoanBook and LoanAuction to rows of the index."""

from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY
from salus.platform.ledger import DecodedEvent
from salus.rights.revenue.projections import place_of
from salus.services.lending.model import Breach, State
from salus.services.lending.tables import (
    AppraisalRow,
    AuctionRow,
    BuyoutRow,
    LoanRow,
    NoteRow,
    SoldRow,
    StepRow,
    WithdrawnRow,
)

_PRINCIPAL, _AGREEMENT = 3, 12  # places in a LoanOffer


class Step(Enum):
    """What happens to a loan that somebody is told of."""

    LENT = "lent"
    NOTE = "note"
    REFINANCED = "refinanced"
    BREACH = "breach"
    CURE_PRICE = "cure_price"
    CURE_INCOME = "cure_income"
    CURED = "cured"
    AUCTION = "auction"
    REPAID = "repaid"
    SETTLED = "settled"
    FORECLOSED = "foreclosed"


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
    _happened(session, event, Step.LENT)


def _paid(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.interest += event.values["interest"]
    row.principal += event.values["principal"]


def _refinanced(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.round, row.lent = event.values["round"], event.values["principal"]
    row.agreement, row.state = event.values["offer"][_AGREEMENT], State.ACTIVE
    _happened(session, event, Step.REFINANCED)


def _ended(session: Session, event: DecodedEvent) -> None:
    row = _loan(session, event)
    row.state, row.receiver = event.values["state"], event.values["receiver"]
    row.ended_at = event.block.time
    _happened(session, event, Step[State(row.state).name])


def _flagged(session: Session, event: DecodedEvent) -> None:
    state = State(event.values["state"])
    _loan(session, event).state = state
    if state is not State.ACTIVE:
        _happened(session, event, Step[state.name])
    elif event.values["breach"] != Breach.NONE:
        _happened(session, event, Step.BREACH)


def _cured(session: Session, event: DecodedEvent) -> None:
    _loan(session, event).state = State.ACTIVE
    _happened(session, event, Step.CURED)


def _moved(session: Session, event: DecodedEvent) -> None:
    """The note of a loan is born before the loan is told, and dies with it."""
    loan, to = event.values["tokenId"] >> 8, event.values["to"]
    session.merge(NoteRow(loan=loan, holder=None if to == NOBODY else to))
    if NOBODY not in (event.values["from"], to):
        _step(session, loan, Step.NOTE, event.block.time)


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
    _happened(session, event, Step.AUCTION)


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


def _withdrawn(session: Session, event: DecodedEvent) -> None:
    """Bits come together: what was taken back stays taken back."""
    signer, word = event.values["signer"], event.values["word"].to_bytes(31, "big")
    known = session.get(WithdrawnRow, (signer, word))
    mask = event.values["mask"] | (int.from_bytes(known.mask, "big") if known else 0)
    session.merge(WithdrawnRow(signer=signer, word=word, mask=mask.to_bytes(32, "big")))


def _happened(session: Session, event: DecodedEvent, step: Step) -> None:
    _step(session, event.values["loanId"], step, event.block.time)


def _step(session: Session, loan: int, step: Step, at: int) -> None:
    """A note that was burned just now was last that of the step before."""
    last = session.scalars(
        select(StepRow).where(StepRow.loan == loan).order_by(StepRow.number.desc()).limit(1)
    ).one_or_none()
    note = session.get_one(NoteRow, loan)
    session.add(
        StepRow(
            loan=loan,
            number=last.number + 1 if last else 1,
            step=step.value,
            at=at,
            holder=note.holder or (last.holder if last else NOBODY),
        )
    )


def _loan(session: Session, event: DecodedEvent) -> LoanRow:
    return session.get_one(LoanRow, event.values["loanId"])


PROJECTIONS = {
    ("Appraiser", "Appraised"): _appraised,
    ("LoanBook", "LoanOpened"): _opened,
    ("LoanBook", "LoanPaid"): _paid,
    ("LoanBook", "LoanRefinanced"): _refinanced,
    ("LoanBook", "LoanEnded"): _ended,
    ("LoanBook", "Transfer"): _moved,
    ("LoanBook", "NoncesCancelled"): _withdrawn,
    ("LoanAuction", "LoanFlagged"): _flagged,
    ("LoanAuction", "LoanCured"): _cured,
    ("LoanAuction", "AuctionStarted"): _auction_started,
    ("LoanAuction", "AuctionClosed"): _auction_closed,
    ("LoanAuction", "AuctionSettled"): _settled,
    ("LoanAuction", "BuyoutSet"): _buyout_set,
}
