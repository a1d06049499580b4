"""An accounting of disclosures to print, and a complaint about one look."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.platform.work import Work
from salus.rights.consent.audit.accounting import account, window
from salus.rights.consent.audit.errors import BadDates
from salus.rights.consent.audit.page import Row
from salus.rights.consent.complaints import complain
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.custody.auditing.seeing import see_own
from salus.rights.custody.auditing.showing import disclosure_row, page_row, time_of
from salus.rights.custody.pages.looks import Look, seen
from salus.rights.identity.charter import charter_of
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS

pages = Pages("custody")
LONGEST = 2_000
CODES = {name: code for code, name in SECTIONS.items()}


@pages.get("/looks/accounting", Role.PATIENT)
def accounting(visit: Visit) -> Answer:
    """What went to whom, in the last six years or between two days."""
    now = visit.node.clock.now()
    first, last = visit.query.get("from", ""), visit.query.get("to", "")
    try:
        span = window(first, last, now=now)
    except BadDates:
        span = window("", "", now=now)
        first = last = ""
    with visit.node.reading() as session:
        records = mine(visit, session)
    rows: list[Row] = []
    doubts: list[str] = []
    ring, charter = of_home(visit.home), charter_of(visit.home)
    for of in records:
        found = see_own(visit.node, visit.home, of.record, by=of.key, span=span)
        disclosed = account(deed.entry for deed in found.deeds if deed.is_disclosed)
        rows += [page_row(_named(disclosure_row(ring, charter, each))) for each in disclosed]
        doubts += [*found.silent, *found.forked]
    days = (time_of(span.first)[:10], time_of(span.end - 1)[:10])
    shown = {"rows": rows, "days": days, "made": now, "doubts": sorted(set(doubts))}
    return Page("custody/accounting.html", shown | {"first": first, "last": last})


def _named(row: dict[str, object]) -> dict[str, object]:
    """With the sections in words."""
    names = row["sections"]
    assert isinstance(names, list), "as `disclosure_row` makes it"
    return row | {"sections": [section_name(CODES[each]) for each in names]}


# A COMPLAINT


@pages.get("/looks/{record}/{look}/complain", Role.PATIENT)
def complaining(visit: Visit, record: str, look: str) -> Answer:
    _, found = _one(visit, record, look)
    return Page("custody/complain.html", {"each": found})


@pages.post("/looks/{record}/{look}/complain", Role.PATIENT, again=complaining)
def complained(visit: Visit, record: str, look: str) -> Answer:
    text = visit.form.text("text", longest=LONGEST)
    visit.form.check()
    of, found = _one(visit, record, look)
    about = f"{found.reader} · {found.section} · {found.purpose} · {day(found.at)}"
    with visit.node.sessions() as session, session.begin():
        complain(Work(visit.node, session), of.record, about=about, text=text)
    said = translate("The privacy office has your complaint. Its answer will stand here.")
    return Redirect(f"{ROOT}/looks", said=said)


def _one(visit: Visit, record: str, look: str) -> tuple[Mine, Look]:
    """Raises PageMissing."""
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    for each in seen(visit, [of]):
        if each.id == look:
            return of, each
    raise PageMissing
