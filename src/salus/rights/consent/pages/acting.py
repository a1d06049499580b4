"""A delegate acts at the portal: begins with one person, sees what he may, and stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.web.portal import (
    Acting,
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
    sessions,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent.authority import acting, reading
from salus.rights.consent.authority.acting import Act
from salus.rights.consent.authority.model import Powers, names_of
from salus.rights.consent.authority.naming import helper_names, name_helpers
from salus.rights.consent.pages.naming import LONGEST_NAME
from salus.rights.consent.wording import power_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet

pages = Pages("consent")
HOME, PEOPLE = f"{ROOT}/home", f"{ROOT}/people"
EVERY = tuple(names_of(~Powers(0)))


@dataclass(frozen=True, slots=True)
class Helped:
    """Somebody for whom the visitor may act: the name that he gave, powers in words, the end."""

    record: str
    name: str
    powers: str
    until: datetime


def acting_for(visit: Visit) -> Acting | None:
    """For whom somebody acts in this session, asked of the ledger at each click.

    Where that has ended it gives nobody's records, once: the session is then like others.
    """
    if visit.person is None or visit.person.role is not Role.PATIENT:
        return None
    with visit.node.reading() as session:
        record = acting.begun(session, visit.session, visit.account)
        if record is None:
            return None
        me = Wallet(visit.root).guardian().address
        powers = acting.held(visit.node, session, me, record)
        name = called(visit, session, record)
    if not powers:
        with visit.node.sessions() as session, session.begin():
            acting.stop(Work(visit.node, session), visit.session)
    records = {record_text(each): had for each, had in powers.items()}
    return Acting(name, records, frozenset().union(*powers.values()))


def called(visit: Visit, session: Session, record: RecordId) -> str:
    """What the visitor calls the person of a record; its number where he never said."""
    known = reading.control(session, record)
    names = helper_names(session, visit.account)
    return (names.get(Address(known.account)) if known else None) or record_text(record)


def helped(visit: Visit, session: Session) -> list[Helped]:
    """The people for whom the visitor may act now, one line for each record."""
    me = Wallet(visit.root).guardian().address
    return [
        Helped(
            record_text(each.record),
            called(visit, session, each.record),
            ", ".join(power_name(power) for power in names_of(each.delegation.powers)),
            moment(each.delegation.not_after),
        )
        for each in reading.acts_for(session, me)
        if acting.is_more_than_told(each.delegation.powers)
        and acting.held(visit.node, session, me, each.record)
    ]


# BEGIN AND STOP


def _helped(visit: Visit, record: str) -> Helped:
    """Raises PageMissing, also where it has ended."""
    with visit.node.reading() as session:
        for each in helped(visit, session):
            if each.record == record:
                return each
    raise PageMissing


@pages.get("/people/acting/{record}", Role.PATIENT)
def beginning(visit: Visit, record: str) -> Answer:
    each = _helped(visit, record)
    return Page("consent/act.html", {"each": each, "is_named": each.name != each.record})


@pages.post("/people/acting/{record}", Role.PATIENT, again=beginning)
def begin(visit: Visit, record: str) -> Answer:
    """A new session, in which the visitor is there for somebody else."""
    _helped(visit, record)
    name = visit.form.text("name", longest=LONGEST_NAME)
    visit.form.check()
    confirm(visit)
    with visit.node.reading() as session:
        me = Wallet(visit.root).guardian().address
        known = {record_text(each.record): each.record for each in reading.acts_for(session, me)}
        control = reading.control(session, known[record])
    with visit.node.sessions() as session, session.begin():
        work = Work(visit.node, session)
        cookies = _renewed(visit, session, is_confirmed=True)
        acting.begin(work, sessions.name_of(cookies), account=visit.account, record=known[record])
        if control is not None:
            name_helpers(work, visit.account, {Address(control.account): name})
    return Redirect(HOME, cookies=cookies.pairs())


@pages.post("/acting/stop", Role.PATIENT, acts=EVERY)
def stop(visit: Visit) -> Answer:
    with visit.node.sessions() as session, session.begin():
        acting.stop(Work(visit.node, session), visit.session)
        cookies = _renewed(visit, session, is_confirmed=not visit.must_confirm)
    return Redirect(PEOPLE, cookies=cookies.pairs())


def _renewed(visit: Visit, session: Session, *, is_confirmed: bool) -> sessions.Cookies:
    """What was open in the old session is over: no form of it is taken for the other person."""
    sessions.end(session, visit.session)
    return sessions.begin(
        session,
        visit.account,
        Role.PATIENT,
        root=visit.root,
        now=visit.node.clock.now(),
        is_confirmed=is_confirmed,
    )


# WHAT IS SIGNED


@contextmanager
def noted(visit: Visit, record: RecordId, by: SigningKey, act: Act) -> Iterator[None]:
    """Around a signature: what a delegate signs is kept for the patient before it is sent."""
    if visit.acting is None:
        yield
        return
    with visit.node.sessions() as session, session.begin():
        kept = acting.note(Work(visit.node, session), record, by.address, act)
    try:
        yield
    except SalusError:
        with visit.node.sessions() as session, session.begin():
            acting.unnote(Work(visit.node, session), kept)
        raise


def act_name(act: Act) -> str:
    """One sentence, in the language in force."""
    return {
        Act.SHARED: translate("Shared something."),
        Act.ENDED: translate("Ended a share."),
        Act.ENDED_ALL: translate("Ended all shares."),
        Act.REFUSED: translate("Refused something."),
        Act.LIFTED: translate("Lifted a refusal, or agreed that it ends."),
        Act.AGREED: translate("Agreed to something that several decide."),
        Act.DECLINED: translate("Declined something that several decide."),
    }[act]
