"""Naming guardians and delegates, and getting a record back with the help of guardians."""

from contextlib import suppress
from datetime import datetime, timedelta

from salus.kernel.ids import NOBODY, Address, RecordId, record_from_text
from salus.platform.i18n import translate
from salus.platform.web.portal import FormInvalid, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.platform.work import Work
from salus.rights.consent.authority import claiming, reading, service
from salus.rights.consent.authority.codes import code_of
from salus.rights.consent.authority.model import WAIT, Powers, delegation, names_of, powers_of
from salus.rights.consent.authority.naming import name_helpers
from salus.rights.consent.errors import NothingPending, TooEarly
from salus.rights.consent.model import LONGEST
from salus.rights.consent.pages.mine import Mine, one_of
from salus.rights.consent.pages.naming import LONGEST_NAME, namer, typed_code
from salus.rights.consent.wording import power_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet

pages = Pages("consent")
PEOPLE = f"{ROOT}/people"
SEATS = tuple(range(1, 6))
"""A form has five places; more guardians than that nobody can bring together."""


# GUARDIANS


@pages.get("/people/{record}/guardians", Role.PATIENT)
def guardians(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        name = namer(visit, session)
        present, _ = reading.guardians(session, of.record, visit.node.clock.now())
    known = [(name(each), code_of(each)) for each in present.guardians]
    known += [("", "")] * (len(SEATS) - len(known))
    shown = {
        "of": of,
        "seats": list(zip(SEATS, known, strict=False)),
        "threshold": present.threshold or 2,
    }
    return Page("consent/guardians.html", shown)


@pages.post("/people/{record}/guardians", Role.PATIENT, signs=True, again=guardians)
def review_or_set(visit: Visit, record: str) -> Answer:
    """First in words, then signed."""
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    named = _seats(visit)
    least = visit.form.whole("threshold", least=1, most=len(SEATS)) if named else 0
    if named and least > len(named):
        said = translate("There are fewer guardians than that.")
        visit.form.faults.setdefault("threshold", said)
    visit.form.check()
    said = _of_guardians(list(named.values()), least)
    if visit.form.typed("step") != "sign":
        fields = [f"{kind}{seat}" for seat in SEATS for kind in ("name", "code")]
        return _review(
            said, f"/people/{record}/guardians", (*fields, "threshold"), soon=_soon(visit, of)
        )
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        name_helpers(Work(visit.node, session), visit.account, named)
    members = list(named)
    service.set_guardians(
        visit.node, record=of.record, guardians=members, threshold=least, by=of.key
    )
    visit.node.follow()
    return Redirect(PEOPLE, said=translate("Signed: {said}", said=said))


def _seats(visit: Visit) -> dict[Address, str]:
    """The guardians of the form: a name and a code each, or neither."""
    form, named = visit.form, dict[Address, str]()
    for seat in SEATS:
        name = form.text(f"name{seat}", required=False, longest=LONGEST_NAME)
        if not form.typed(f"code{seat}").strip():
            if name:
                form.faults.setdefault(f"code{seat}", translate("Please fill this in."))
            continue
        address = typed_code(visit, f"code{seat}")
        if not name:
            form.faults.setdefault(f"name{seat}", translate("Please fill this in."))
        if address is not None:
            if address in named:
                said = translate("This person is named twice.")
                form.faults.setdefault(f"code{seat}", said)
            named[address] = name
    return named


def _of_guardians(names: list[str], threshold: int) -> str:
    if not names:
        return translate("Nobody shall be able to help me to get my record back.")
    return translate(
        "{names} can help me to get my record back; {threshold} of them together are enough."
        " None of them can read it.",
        names=", ".join(names),
        threshold=threshold,
    )


def _soon(visit: Visit, of: Mine) -> str:
    with visit.node.reading() as session:
        present, _ = reading.guardians(session, of.record, visit.node.clock.now())
    if not present.guardians:
        return translate("It holds at once.")
    return translate(
        "It holds in {hours} hours; until then you and each guardian of today can stop it.",
        hours=int(WAIT.total_seconds()) // 3600,
    )


def _review(said: str, to: str, fields: tuple[str, ...], *, soon: str = "") -> Page:
    return Page(
        "consent/review_people.html",
        {"said": said, "to": ROOT + to, "fields": fields, "soon": soon},
    )


# DELEGATES


@pages.get("/people/{record}/appoint", Role.PATIENT)
def appointing(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    offered = [(each, power_name(each)) for each in names_of(~Powers(0))]
    usual = (visit.node.clock.now() + timedelta(days=365)).date().isoformat()
    return Page("consent/appoint.html", {"of": of, "powers": offered, "usual": usual})


@pages.post("/people/{record}/appoint", Role.PATIENT, signs=True, again=appointing)
def review_or_appoint(visit: Visit, record: str) -> Answer:
    form = visit.form
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    name, address = form.text("name", longest=LONGEST_NAME), typed_code(visit, "code")
    powers = form.choices("powers", names_of(~Powers(0)))
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    form.check()
    said = _of_delegate(name, powers, until)
    if form.typed("step") != "sign":
        return _review(said, f"/people/{record}/appoint", ("name", "code", "powers", "until"))
    confirm(visit)
    given = delegation(powers_of(",".join(powers)), now=visit.node.clock.now(), until=until)
    delegate = address or NOBODY
    with visit.node.sessions() as session, session.begin():
        name_helpers(Work(visit.node, session), visit.account, {delegate: name})
    service.appoint(visit.node, record=of.record, delegate=delegate, delegation=given, by=of.key)
    visit.node.follow()
    return Redirect(PEOPLE, said=translate("Signed: {said}", said=said))


def _of_delegate(name: str, powers: list[str], until: datetime) -> str:
    return translate(
        "{name} may act for me until {until}: {powers}. I can end this at any time.",
        name=name,
        until=day(until),
        powers=", ".join(power_name(each) for each in powers),
    )


# GETTING A RECORD BACK


@pages.get("/people/regain", Role.PATIENT)
def regain(visit: Visit) -> Answer:
    return Page("consent/regain.html", {"code": ""})


@pages.post("/people/regain", Role.PATIENT, again=regain)
def code_for(visit: Visit) -> Answer:
    """The code of the key that guardians are to name. It says nothing of whether there is one."""
    record = _typed_record(visit)
    address = Wallet(visit.root).controller(record).address
    return Page("consent/regain.html", {"code": code_of(address)})


@pages.post("/people/regain/finish", Role.PATIENT, signs=True, again=regain)
def finish(visit: Visit) -> Answer:
    record = _typed_record(visit)
    if not _regained(visit, record):
        # The same text for all: who asks may know nothing of the record.
        with suppress(TooEarly, NothingPending):
            service.finish_recovery(visit.node, record=record)
    if not _regained(visit, record):
        said = translate("It cannot be given to you yet. Ask your guardians how far it is.")
        visit.form.faults.setdefault("record", said)
        raise FormInvalid
    said = translate("The record is yours again. Name your guardians anew.")
    return Redirect(f"{ROOT}/record", said=said)


def _typed_record(visit: Visit) -> RecordId:
    text = "".join(visit.form.text("record", longest=80).split()).replace("-", "").lower()
    try:
        return record_from_text(text)
    except ValueError:
        said = translate("The number of a record has 32 digits and letters from a to f.")
        visit.form.faults.setdefault("record", said)
        raise FormInvalid from None


def _regained(visit: Visit, record: RecordId) -> bool:
    visit.node.follow()
    with visit.node.sessions() as session, session.begin():
        work = Work(visit.node, session)
        return claiming.regain(work, record, visit.account, Wallet(visit.root))
