"""The front desk: pairs of records that may be one person, side by side, and what was decided."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from salus.platform.i18n import translate
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.identity.keyring import of_home
from salus.rights.identity.matching import service
from salus.rights.identity.matching.errors import DecidedMeanwhile
from salus.rights.identity.matching.events import LONGEST_REASON, PARTS, Kind, LinkEvent, pair
from salus.rights.identity.matching.model import Scored, agreeing, score
from salus.rights.identity.matching.person import Person
from salus.rights.identity.matching.register import links_of, person_in
from salus.rights.identity.matching.showing import side_by_side
from salus.rights.identity.model import Roles
from salus.rights.identity.wording import told

MATCHING = f"{ROOT}/desk/matching"
pages = Pages(
    "identity",
    nav=(
        Nav(Role.DESK, "Home", f"{ROOT}/home", 0),
        Nav(Role.DESK, "Same person?", MATCHING, 10),
        Nav(Role.DESK, "Decided", f"{MATCHING}/decided", 20),
    ),
)
NEWEST = 100  # decisions on the page of what was decided


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that waits: how sure, in percent, what agrees, and why nothing was automatic."""

    left: str
    right: str
    percent: float
    agrees: str
    bars: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A line of the history of a pair."""

    what: str
    left: str
    right: str
    reason: str
    by: str
    at: datetime


def _clerk(visit: Visit) -> service.Clerk:
    """Only a source has a register. Raises PageMissing for everybody else."""
    party = of_home(visit.home).party(visit.who.party)
    if not party.roles & Roles.SOURCE:
        raise PageMissing
    return service.Clerk(party, read_secret(visit.home / STORAGE_KEY))


@pages.get("/desk/matching", Role.DESK)
def matching(visit: Visit) -> Answer:
    _clerk(visit)
    with visit.node.reading() as session:
        rows = [_row(each) for each in service.waiting(session)]
    return Page("identity/matching.html", {"rows": rows})


def _row(each: service.Waiting) -> Row:
    percent = 100 * each.parts / PARTS
    return Row(each.left, each.right, percent, told(each.agrees), told(each.bars))


@pages.get("/desk/matching/decided", Role.DESK)
def decided(visit: Visit) -> Answer:
    """Every link that was made or taken back, each signature checked; the newest first."""
    _clerk(visit)
    with visit.node.reading() as session:
        events = service.log(session)
    shown = [_decided(visit, each) for each in reversed(events[-NEWEST:])]
    return Page("identity/decided.html", {"events": shown, "count": len(events)})


def _decided(visit: Visit, each: LinkEvent) -> Decided:
    reason = translate(each.reason) if each.reason == service.AUTOMATIC else each.reason
    left, right = each.pair()
    by = of_home(visit.home).name_of(each.by)
    return Decided(told([each.kind]), left, right, reason, by, each.at)


# ONE PAIR


@dataclass(frozen=True, slots=True)
class Ends:
    """Two people as they are known, how alike they are, and the last word on them."""

    left: str
    right: str
    people: tuple[Person, Person]
    scored: Scored
    kind: Kind | None
    is_one: bool
    history: tuple[LinkEvent, ...]

    @property
    def last(self) -> int:
        """The number of the last decision on this pair, 0 before the first."""
        return self.history[-1].number if self.history else 0


def _ends(visit: Visit, session: Session, left: str, right: str) -> Ends:
    """Raises PageMissing, UnknownPerson."""
    clerk = _clerk(visit)
    if (left, right) != pair(left, right) or left == right:
        raise PageMissing
    key = clerk.storage_key
    people = (
        person_in(session, left, storage_key=key),
        person_in(session, right, storage_key=key),
    )
    links = links_of(session, [left, right])
    history = tuple(e for e in service.log(session) if e.pair() == (left, right))
    is_one = right in links.group(left)
    kind = links.kind(left, right)
    return Ends(left, right, people, score(*people), kind, is_one, history)


@pages.get("/desk/matching/{left}/{right}", Role.DESK)
def two(visit: Visit, left: str, right: str) -> Answer:
    with visit.node.reading() as session:
        ends = _ends(visit, session, left, right)
    return Page(
        "identity/two.html",
        {
            "ends": ends,
            "parts": side_by_side(*ends.people, agreeing(ends.scored.agreement)),
            "percent": 100 * ends.scored.probability,
            "history": [_decided(visit, each) for each in reversed(ends.history)],
            "longest": LONGEST_REASON,
            "linked": ends.kind is Kind.LINKED,
            "apart": ends.kind is Kind.APART,
        },
    )


ACTS = {"link": service.link, "apart": service.confirm_apart}
SAID = {
    "link": "The two records are of one person from now on.",
    "apart": "The two records are of two people. Nobody is asked again.",
    "unlink": "The link is taken back; both sides are again what they were.",
}


@pages.post("/desk/matching/{left}/{right}", Role.DESK, again=two)
def decide(visit: Visit, left: str, right: str) -> Answer:
    form = visit.form
    reason = form.text("reason", longest=LONGEST_REASON)
    act = form.choice("act", list(SAID))
    form.check()
    clerk = _clerk(visit)
    with visit.node.sessions() as session, session.begin():
        ends = _ends(visit, session, left, right)
        if form.typed("last") != str(ends.last):
            raise DecidedMeanwhile
        work = Work(visit.node, session)
        if act == "unlink":
            undone = service.unlink(work, left, right, reason=reason, by=clerk)
        else:
            ACTS[act](work, left, right, reason=reason, by=clerk)
    if act == "unlink" and undone.written:
        return Page("identity/unlinked.html", {"written": undone.written})
    return Redirect(MATCHING, said=translate(SAID[act]))


@pages.card(Role.DESK, order=10)
def waits(visit: Visit) -> Card | None:
    """How many pairs wait."""
    party = of_home(visit.home).party(visit.who.party)
    if not party.roles & Roles.SOURCE:
        return None
    with visit.node.reading() as session:
        count = len(service.waiting(session))
    return Card("identity/pairs_wait.html", {"count": count}, urgent=count > 0)
