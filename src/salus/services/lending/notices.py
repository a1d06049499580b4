"""Who is told of a loan: the patient, who pledged if it is another, the lender, and who got it.

Notices are made from the index, so one that a crash prevented is written by the next command.
Writing them twice is writing them once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, RecordId, record_from_text, record_text
from salus.platform.database import insert_missing
from salus.platform.work import Node
from salus.rights.consent.ledger import account_of, controller_of
from salus.rights.records.tables import Subject
from salus.services.lending.model import LENGTH, State
from salus.services.lending.model.states import CURE_FOR
from salus.services.lending.projections import Step
from salus.services.lending.tables import KeptOffer, LoanNotice, LoanRow, SoldRow, StepRow

_LASTING = {
    Step.CURE_PRICE: CURE_FOR[State.CURE_PRICE],
    Step.CURE_INCOME: CURE_FOR[State.CURE_INCOME],
    Step.AUCTION: LENGTH,
}
_HANDED_ON = frozenset({Step.NOTE, Step.REFINANCED})


class Told(Enum):
    """As whom somebody is told."""

    SUBJECT = "subject"
    BORROWER = "borrower"
    LENDER = "lender"
    FORMER = "former lender"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class Notified:
    """One notice of a loan; `at` in seconds."""

    loan: int
    record: RecordId
    step: Step
    told: Address
    role: Told
    at: int

    @property
    def until(self) -> int:
        """The end of a cure or of an auction (seconds); 0 where nothing ends."""
        return self.at + _LASTING[self.step] if self.step in _LASTING else 0


@dataclass(frozen=True, slots=True)
class _Happened:
    loan: LoanRow
    step: StepRow
    former: bytes
    buyer: bytes | None


def tell(node: Node) -> None:
    """Write every notice that is not written yet, in one transaction."""
    with node.reading() as session:
        rows = [row for each in _untold(session) for row in _rows(node, each)]
    if rows:
        with node.sessions() as session, session.begin():
            insert_missing(session, LoanNotice, rows)


def _untold(session: Session) -> Iterator[_Happened]:
    """Steps of loans on records of this node, or on offers that it has, of which nobody knows."""
    told = {(each.loan, each.number) for each in session.scalars(select(LoanNotice))}
    mine = LoanRow.record.in_(select(Subject.record)) | LoanRow.record.in_(select(KeptOffer.record))
    for loan in session.scalars(select(LoanRow).where(mine)).all():
        former = bytes(NOBODY)
        sold = session.get(SoldRow, loan.loan)
        steps = select(StepRow).where(StepRow.loan == loan.loan).order_by(StepRow.number)
        for step in session.scalars(steps).all():
            if (loan.loan, step.number) not in told:
                yield _Happened(loan, step, former, sold.buyer if sold else None)
            former = step.holder


def _rows(node: Node, each: _Happened) -> Iterator[dict[str, object]]:
    """Everybody once, under the first role that fits."""
    seen: set[Address] = {NOBODY}
    for role, address in _recipients(node, each):
        if address not in seen:
            seen.add(address)
            yield {
                "loan": each.loan.loan,
                "number": each.step.number,
                "told": address,
                "step": each.step.step,
                "at": each.step.at,
                "record": each.loan.record,
                "role": role.value,
            }


def _recipients(node: Node, each: _Happened) -> Iterator[tuple[Told, Address]]:
    """The account of a patient is the patient, who is told under the key that controls it."""
    record, step = record_from_text(each.loan.record), Step(each.step.step)
    yield Told.SUBJECT, controller_of(node, record)
    if each.loan.borrower != account_of(node, record):
        yield Told.BORROWER, Address(each.loan.borrower)
    yield Told.LENDER, Address(each.step.holder)
    if step in _HANDED_ON:
        yield Told.FORMER, Address(each.former)
    if step is Step.SETTLED and each.buyer is not None:
        yield Told.BUYER, Address(each.buyer)


def notices(
    session: Session, record: RecordId | None = None, told: Address | None = None
) -> list[Notified]:
    """Of one record or of all, to one account or to all; newest first."""
    rows = select(LoanNotice).order_by(
        LoanNotice.at.desc(), LoanNotice.loan, LoanNotice.number.desc(), LoanNotice.told
    )
    if record is not None:
        rows = rows.where(LoanNotice.record == record_text(record))
    if told is not None:
        rows = rows.where(LoanNotice.told == told)
    return [
        Notified(
            row.loan,
            record_from_text(row.record),
            Step(row.step),
            Address(row.told),
            Told(row.role),
            row.at,
        )
        for row in session.scalars(rows)
    ]
