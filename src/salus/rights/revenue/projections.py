"""From the events of RevenueRouter to rows of the index."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.revenue.model import DAY
from salus.rights.revenue.tables import CreditRow, IncomeRow, LienRow, PrepaymentRow, TermsRow

_PARTS = ("subject", "source", "host", "platform", "lender", "owner")


class Place(NamedTuple):
    """A token as rows name it."""

    record: str
    section: int


def place_of(token: int) -> Place:
    return Place(record_text(RecordId(token >> 8)), token & 0xFF)


def _credited(session: Session, event: DecodedEvent) -> None:
    _credit(session, event.values["account"]).owed += event.values["amount"]


def _withdrawn(session: Session, event: DecodedEvent) -> None:
    row, amount = _credit(session, event.values["account"]), event.values["amount"]
    row.owed -= amount
    row.paid += amount


def _credit(session: Session, account: bytes) -> CreditRow:
    row = session.get(CreditRow, account)
    if row is None:
        row = CreditRow(account=account, owed=0, paid=0)
        session.add(row)
    return row


def _earned(session: Session, event: DecodedEvent) -> None:
    _income(session, event).earned += event.values["amount"]


def _routed(session: Session, event: DecodedEvent) -> None:
    row = _income(session, event)
    for part, units in zip(_PARTS, event.values["split"], strict=True):
        setattr(row, part, getattr(row, part) + units)


def _income(session: Session, event: DecodedEvent) -> IncomeRow:
    key = (*place_of(event.values["token"]), event.block.time // DAY)
    row = session.get(IncomeRow, key)
    if row is None:
        record, section, day = key
        parts = dict.fromkeys(("earned", *_PARTS), 0)
        row = IncomeRow(record=record, section=section, day=day, **parts)
        session.add(row)
    return row


def _opened(session: Session, event: DecodedEvent) -> None:
    values, place = event.values, place_of(event.values["token"])
    session.add(
        PrepaymentRow(
            record=place.record,
            section=place.section,
            license=values["license"],
            licensee=values["licensee"],
            end_day=values["endDay"],
            paid=values["price"],
            refunded=0,
        )
    )


def _moved(session: Session, event: DecodedEvent) -> None:
    row = _prepayment(session, event)
    row.end_day = event.values["endDay"]
    row.paid += event.values["paid"]
    row.refunded += event.values["refunded"]


def _stopped(session: Session, event: DecodedEvent) -> None:
    _prepayment(session, event).refunded += event.values["refund"]


def _prepayment(session: Session, event: DecodedEvent) -> PrepaymentRow:
    place = place_of(event.values["token"])
    return session.get_one(PrepaymentRow, (*place, event.values["license"]))


def _lien_set(session: Session, event: DecodedEvent) -> None:
    place = place_of(event.values["token"])
    session.add(
        LienRow(
            record=place.record,
            section=place.section,
            module=event.values["module"],
            lien=event.values["id"],
        )
    )


def _lien_cleared(session: Session, event: DecodedEvent) -> None:
    session.delete(session.get_one(LienRow, place_of(event.values["token"])))


def _terms_raised(session: Session, event: DecodedEvent) -> None:
    place = place_of(event.values["token"])
    session.merge(TermsRow(record=place.record, section=place.section, seq=event.values["seq"]))


PROJECTIONS = {
    ("RevenueRouter", "Credited"): _credited,
    ("RevenueRouter", "Withdrawn"): _withdrawn,
    ("RevenueRouter", "IncomeEarned"): _earned,
    ("RevenueRouter", "Routed"): _routed,
    ("RevenueRouter", "PrepaymentOpened"): _opened,
    ("RevenueRouter", "PrepaymentMoved"): _moved,
    ("RevenueRouter", "PrepaymentStopped"): _stopped,
    ("RevenueRouter", "LienSet"): _lien_set,
    ("RevenueRouter", "LienCleared"): _lien_cleared,
    ("RevenueRouter", "TermsRaised"): _terms_raised,
}
