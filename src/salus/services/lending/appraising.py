"""What a token is worth to a lender: the best set of its licenses, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId
from salus.platform.ledger import Block
from salus.platform.work import Node
from salus.rights.identity.ledger import View, Views, send
from salus.rights.revenue import ledger as money
from salus.rights.revenue.model import DAY
from salus.rights.revenue.projections import place_of
from salus.rights.revenue.tables import PrepaymentRow
from salus.services.lending import ledger
from salus.services.lending.errors import WeakerSet
from salus.services.lending.model import (
    MOST_LICENSES,
    Appraisal,
    Incomes,
    LastSale,
    Paid,
    appraise,
    earned,
    incomes,
    is_live,
)
from salus.services.lending.model.appraisal import MONTH, QUARTER
from salus.services.lending.reading import to_now
from salus.services.lending.tables import AppraisalRow


@dataclass(frozen=True, slots=True)
class Valued:
    """The value of a token after a reading, with the four incomes and whose licenses it is from."""

    token: int
    appraisal: Appraisal
    incomes: Incomes
    licenses: tuple[Paid, ...]
    is_fresh: bool


def read_value(node: Node, token: int) -> Valued:
    """Read the value of a token from the set of licenses that gives most, and keep it.

    Where that set would give less than another did, the same licenses as last time are named: only
    from them a lower value counts.
    """
    to_now(node)
    licenses = best_set(node, token)
    try:
        send(node, ledger.poke(node, token, licenses))
    except WeakerSet:
        with node.reading() as session:
            licenses = last_set(session, token)
        send(node, ledger.poke(node, token, licenses))
    node.follow()
    return value_of(node, token)


def value_of(node: Node, token: int) -> Valued:
    """The value as it was read last, and the incomes of today."""
    ask, at = Views(node), node.ledger.final()
    with node.reading() as session:
        known = prepaid(ask, session, token, at=at)
    appraisal = ledger.appraisal_of(ask, token, at=at)
    chosen = chosen_of(known, at.time)
    rate = money.rate_of(ask, token, at=at)
    return Valued(
        token, appraisal, incomes(chosen, rate, at.time), chosen, appraisal.is_fresh(at.time)
    )


def best_set(node: Node, token: int) -> list[int]:
    """The licenses to name, in order: the best, unless they would be refused.

    Nothing is sent. The ledger decides a moment later, and may refuse them all the same.
    """
    ask, at = Views(node), node.ledger.final()
    with node.reading() as session:
        known, last = prepaid(ask, session, token, at=at), last_set(session, token)
    numbers = [each.license for each in chosen_of(known, at.time)]
    found = incomes(chosen_of(known, at.time), money.rate_of(ask, token, at=at), at.time)
    before = ledger.appraisal_of(ask, token, at=at)
    try:
        appraise(before, found.raw(), _sale(ask, token, at), ledger.set_hash(numbers), at.time)
    except WeakerSet:
        return last
    return numbers


def _sale(ask: View, token: int, at: Block) -> LastSale | None:
    price, sold_at = money.last_sale_of(ask, token, at=at)
    return LastSale(price, sold_at) if sold_at else None


def last_set(session: Session, token: int) -> list[int]:
    """The licenses of the last reading, in their order."""
    row = session.get(AppraisalRow, place_of(token))
    return [int(each) for each in row.licenses.split(",") if each] if row else []


def prepaid(ask: View, session: Session, token: int, *, at: Block) -> list[Paid]:
    """What was prepaid under a token and has not been over for a quarter, as the ledger has it."""
    place, oldest = place_of(token), (at.time - QUARTER) // DAY
    numbers = session.scalars(
        select(PrepaymentRow.license).where(
            PrepaymentRow.record == place.record,
            PrepaymentRow.section == place.section,
            PrepaymentRow.end_day >= oldest,
        )
    )
    return [_paid(ask, token, number, at=at) for number in numbers]


def _paid(ask: View, token: int, number: int, *, at: Block) -> Paid:
    found = money.prepayment_of(ask, token, number, at=at)
    counts = found.recurring and counts_for(ask, token, found.licensee, at=at)
    end = found.end_day * DAY
    return Paid(found.licensee, number, found.start, end, found.rate_per_day, counts)


def counts_for(ask: View, token: int, licensee: Address, *, at: Block) -> bool:
    """Whether a licensee is accredited, and linked neither to the owner nor to the patient."""
    owner = Address(ask("RecordRegistry", "ownerOf", token, at=at))
    patient = Address(ask("RecordRegistry", "subjectOf", RecordId(token >> 8), at=at))
    if licensee in {owner, patient} or not ask("Organizations", "isLicensee", licensee, at=at):
        return False
    linked = (ask("Organizations", "areLinked", licensee, who, at=at) for who in (owner, patient))
    return not any(linked)


def chosen_of(known: Iterable[Paid], now: int) -> tuple[Paid, ...]:
    """At most 32 that are worth something, in the order that the ledger wants.

    Of more, those are named that bring most.
    """
    worth = [each for each in known if each.counts and _weight(each, now)]
    best = sorted(worth, key=lambda each: _weight(each, now), reverse=True)[:MOST_LICENSES]
    return tuple(sorted(best, key=lambda each: (each.licensee, each.license)))


def _weight(paid: Paid, now: int) -> int:
    ahead = MONTH * paid.rate_per_day if is_live(paid, now) else 0
    return earned(paid, QUARTER, now) + ahead
