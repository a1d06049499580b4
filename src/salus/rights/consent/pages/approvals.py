"""What waits for the visitor's key: shares and refusals that several decide, and recoveries."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent import service
from salus.rights.consent.authority import reading
from salus.rights.consent.authority.acting import Act
from salus.rights.consent.authority.codes import code_of
from salus.rights.consent.ledger import account_of
from salus.rights.consent.model import Effect, GrantState, Purpose
from salus.rights.consent.pages.acting import noted
from salus.rights.consent.pages.mine import mine
from salus.rights.consent.pages.naming import namer
from salus.rights.consent.pages.people import agree_to_recovery, guarded
from salus.rights.consent.service import Granted
from salus.rights.consent.waiting import Waiting, waiting_for
from salus.rights.consent.wording import purpose_name, sentence
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.records.naming import section_name
from salus.rights.records.service import all_units

pages = Pages("consent")
APPROVALS = f"{ROOT}/approvals"


@dataclass(frozen=True, slots=True)
class Asked:
    """A grant that waits, as a sentence; `is_own` where it is about the visitor's record."""

    id: str
    said: str
    agreed: int
    needed: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Regaining:
    """A person who is to get a record, by the code of the new key; how many guardians signed."""

    record: str
    code: str
    address: str
    agreed: int
    needed: int
    runs: bool


@dataclass(frozen=True, slots=True)
class _Seat:
    """A grant that waits for a key."""

    waiting: Waiting
    key: SigningKey
    is_own: bool


@pages.get("/approvals", Role.PATIENT, acts=("approve",))
def approvals(visit: Visit, **_path: str) -> Answer:
    with visit.node.reading() as session:
        asked = [_asked(visit, session, seat) for seat in _seats(visit, session)]
        recoveries = list(_recoveries(visit, session))
    return Page("consent/approvals.html", {"asked": asked, "recoveries": recoveries})


def _seats(visit: Visit, session: Session) -> Iterator[_Seat]:
    """As the patient, who sits as the account of the record, and as somebody who helps.

    Who acts for the patient sits for nobody else meanwhile.
    """
    helper = Wallet(visit.root).guardian()
    for of in mine(visit, session):
        for each in waiting_for(session, account_of(visit.node, of.record)):
            yield _Seat(each, of.key, is_own=True)
    if visit.acting is not None:
        return
    for each in waiting_for(session, helper.address):
        yield _Seat(each, helper, is_own=False)


def _asked(visit: Visit, session: Session, seat: _Seat) -> Asked:
    each, name = seat.waiting, namer(visit, session)
    terms = each.granted.terms
    clause = set(terms.clause.units)
    units = all_units(session, each.record)
    codes = sorted({unit.place.section for unit in units if unit.id in clause})
    said = sentence(
        refuses=terms.effect == Effect.DENY,
        readers=[name(reader) for reader in terms.clause.readers],
        sections=[section_name(code) for code in codes],
        purpose=", ".join(purpose_name(Purpose[word]) for word in terms.clause.purposes),
        until=terms.not_after,
    )
    shown = to_hex(each.granted.id)
    return Asked(shown, said, each.approvals, each.rule.threshold, seat.is_own)


def _recoveries(visit: Visit, session: Session) -> Iterator[Regaining]:
    """What other guardians of a record signed, and the visitor has not."""
    if visit.acting is not None:
        return
    now, me = visit.node.clock.now(), Wallet(visit.root).guardian().address
    for record in reading.guards(session, me, now):
        known = reading.recovery(session, record, now)
        mine_is = {wish for guardian, wish in known.wishes if guardian == me}
        circle, _ = reading.guardians(session, record, now)
        for wish in sorted({wish for _, wish in known.wishes} - mine_is):
            agreed = sum(each == wish for _, each in known.wishes)
            yield _regaining(record, wish, (agreed, circle.threshold), runs=bool(known.ready_at))


def _regaining(
    record: RecordId, wish: Address, counted: tuple[int, int], *, runs: bool
) -> Regaining:
    return Regaining(record_text(record), code_of(wish), wish.hex(), *counted, runs)


def _found(visit: Visit, grant: str) -> _Seat:
    """Raises PageMissing, also for what waits for others."""
    with visit.node.reading() as session:
        for seat in _seats(visit, session):
            if to_hex(seat.waiting.granted.id) == grant:
                return seat
    raise PageMissing


@pages.get("/approvals/{grant}", Role.PATIENT, acts=("approve",))
def review(visit: Visit, grant: str) -> Answer:
    with visit.node.reading() as session:
        asked = _asked(visit, session, _found(visit, grant))
    return Page("consent/approve.html", {"each": asked})


@pages.post("/approvals/{grant}", Role.PATIENT, signs=True, again=review, acts=("approve",))
def approve(visit: Visit, grant: str) -> Answer:
    confirm(visit)
    seat = _found(visit, grant)
    with noted(visit, seat.waiting.record, seat.key, Act.AGREED):
        service.approve(visit.node, seat.waiting.granted.id, by=seat.key)
    if _now(visit, seat.waiting.granted).state is GrantState.PROPOSED:
        said = translate("You have agreed. It waits for others still.")
    else:
        said = translate("You have agreed, and it is in force.")
    return Redirect(APPROVALS, said=said)


@pages.post("/approvals/{grant}/decline", Role.PATIENT, signs=True, again=review, acts=("approve",))
def decline(visit: Visit, grant: str) -> Answer:
    confirm(visit)
    seat = _found(visit, grant)
    with noted(visit, seat.waiting.record, seat.key, Act.DECLINED):
        service.decline(visit.node, seat.waiting.granted.id, by=seat.key)
    visit.node.follow()
    return Redirect(APPROVALS, said=translate("Declined. It has ended for ever."))


def _now(visit: Visit, granted: Granted) -> Granted:
    visit.node.follow()
    with visit.node.reading() as session:
        return service.granted_of(session, granted.id)


@pages.post("/approvals/recovery/{record}", Role.PATIENT, signs=True, again=approvals)
def agree(visit: Visit, record: str) -> Answer:
    """Sign the same as another guardian of a record did."""
    confirm(visit)
    wanted = visit.form.typed("key")
    with visit.node.reading() as session:
        found = guarded(visit, session, record)
        known = reading.recovery(session, found, visit.node.clock.now())
    wish = next((each for _, each in known.wishes if each.hex() == wanted), None)
    if wish is None:
        raise PageMissing
    agree_to_recovery(visit, found, wish)
    said = translate("You have signed. Once enough guardians have, the 72 hours begin.")
    return Redirect(APPROVALS, said=said)


@pages.card(Role.PATIENT, order=8, acts=("approve",))
def waits_for_me(visit: Visit) -> Card | None:
    """How much waits for the visitor's key."""
    with visit.node.reading() as session:
        count = len(list(_seats(visit, session))) + len(list(_recoveries(visit, session)))
    return Card("consent/waits_for_me.html", {"count": count}, urgent=True) if count else None
