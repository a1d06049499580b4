"""Reads that wait for the visitor's signature: what would be opened once, by whom, until when."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import moment
from salus.rights.consent.ledger import account_of
from salus.rights.consent.model import Purpose
from salus.rights.consent.pages.mine import mine
from salus.rights.consent.wording import purpose_name
from salus.rights.custody.joint import service
from salus.rights.custody.joint.model import JointRead, Stand
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.service import all_units

pages = Pages("custody")
READS = f"{ROOT}/reads"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A read in words; `mark` is what is signed, `is_own` whether it is the visitor's record."""

    id: str
    said: str
    reader: str
    sections: str
    purpose: str
    until: Markup
    mark: str
    agreed: int
    needed: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class _Seat:
    """A read that waits for a key, which signs for an approver."""

    read: JointRead
    approver: Address
    key: SigningKey
    is_own: bool


def _seats(visit: Visit, session: Session) -> Iterator[_Seat]:
    """The patient sits as the account of the record, whoever helps as himself."""
    every = service.waiting(visit.node, session)
    if not every:
        return
    own = {of.record: of.key for of in mine(visit, session)}
    helper = Wallet(visit.root).guardian()
    for each in every:
        seats = [_Seat(each, helper.address, helper, is_own=False)]
        if (key := own.get(each.record)) is not None:
            seats.insert(0, _Seat(each, account_of(visit.node, each.record), key, is_own=True))
        for seat in seats:
            if seat.approver in each.approvers and seat.approver not in each.answers:
                yield seat
                break


def _wanted(visit: Visit, session: Session, seat: _Seat) -> Wanted:
    """All of it is read from the request that is signed, and from who brought it."""
    each, request = seat.read, seat.read.request
    known = {unit.id: unit.place.section for unit in all_units(session, each.record)}
    codes = sorted({known[unit] for unit in each.units if unit in known})
    sections = ", ".join(section_name(code) for code in codes)
    reader = of_home(visit.home).name_of(each.reader)
    purpose, until = purpose_name(Purpose(request.purpose)), moment(request.deadline)
    values = {"reader": reader, "sections": sections, "purpose": purpose}
    said = (
        translate("{reader} may open {sections} of my record once, for {purpose}.", **values)
        if seat.is_own
        else translate(
            "{reader} may open {sections} of the record {record} once, for {purpose}.",
            record=record_text(each.record)[:8],
            **values,
        )
    )
    return Wanted(
        each.id,
        said,
        reader,
        sections,
        purpose,
        until,
        service.digest_of(visit.node, each).hex(),
        len(each.cosignatures),
        each.threshold,
        seat.is_own,
    )


@pages.get("/reads", Role.PATIENT)
def reads(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [_wanted(visit, session, seat) for seat in _seats(visit, session)]
    return Page("custody/joint_reads.html", {"reads": found})


def _found(visit: Visit, read: str) -> _Seat:
    """Raises PageMissing, also for what waits for others, and once it waits no more."""
    with visit.node.reading() as session:
        for seat in _seats(visit, session):
            if seat.read.id == read:
                return seat
    raise PageMissing


@pages.get("/reads/{read}", Role.PATIENT)
def review(visit: Visit, read: str) -> Answer:
    seat = _found(visit, read)
    with visit.node.reading() as session:
        return Page("custody/joint_read.html", {"each": _wanted(visit, session, seat)})


@pages.post("/reads/{read}", Role.PATIENT, signs=True, again=review)
def agree(visit: Visit, read: str) -> Answer:
    seat = _found(visit, read)
    confirm(visit)
    stand = service.agree(visit.node, read, seat.approver, by=seat.key)
    if stand is Stand.SIGNED:
        said = translate("You have signed, and enough have. It may be opened once.")
    else:
        said = translate("You have signed. It waits for others still.")
    return Redirect(READS, said=said)


@pages.post("/reads/{read}/decline", Role.PATIENT, again=review)
def decline(visit: Visit, read: str) -> Answer:
    seat = _found(visit, read)
    service.decline(visit.node, read, seat.approver)
    return Redirect(READS, said=translate("You have declined. Nothing is signed."))


@pages.card(Role.PATIENT, order=7)
def waits(visit: Visit) -> Card | None:
    """How many reads wait for the visitor's signature."""
    with visit.node.reading() as session:
        count = len(list(_seats(visit, session)))
    return Card("custody/joint_card.html", {"count": count}, urgent=True) if count else None
