"""Everybody who looked at a record or was refused, as all keepers of its keys remember it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.platform.web.portal import Card, Nav, Page, Pages, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.authority.naming import helper_names
from salus.rights.consent.complaints import complaints
from salus.rights.consent.model import Purpose
from salus.rights.consent.pages.mine import Mine, mine
from salus.rights.consent.wording import purpose_name
from salus.rights.custody.glancing import glance
from salus.rights.custody.pages.shelf import Lately
from salus.rights.custody.service import Seen
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS

pages = Pages("custody", nav=(Nav(Role.PATIENT, "Who looked", f"{ROOT}/looks", 30),))
CODES = {name: code for code, name in SECTIONS.items()}
RECENT = 3  # on the first page
PATIENCE = 0.05  # seconds for which the first page waits for keepers
GLANCED: Lately["Glanced"] = Lately(20, grace=600)
"""The first page asks the keepers at most this often (seconds); the list asks them every time."""


@dataclass(frozen=True, slots=True)
class Look:
    """A row: who, for what, which part, and whether it was let in. `id` tells it from others."""

    id: str
    record: str
    at: datetime
    reader: str
    purpose: str
    section: str
    is_refused: bool
    is_emergency: bool
    is_own: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Glanced:
    """All looks of others, newest first, and when the keepers told them."""

    at: datetime
    looks: tuple[Look, ...]


@pages.get("/looks", Role.PATIENT)
def looks(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
    found = seen(visit, records)
    own, only = visit.query.get("own") == "yes", visit.query.get("only", "")
    others = [each for each in found if own or not each.is_own]
    shown = [each for each in others if _is_wanted(each, only)]
    with visit.node.reading() as session:
        told = complaints(session, [each.record for each in records])
    return Page(
        "custody/looks.html",
        {
            "looks": shown,
            "hidden": sum(each.is_own for each in found),
            "own": own,
            "only": only,
            "complaints": told,
        },
    )


def _is_wanted(each: Look, only: str) -> bool:
    """`only`: refused tries, reads, or emergencies."""
    chosen = {"refused": each.is_refused, "read": not each.is_refused}
    return chosen.get(only, each.is_emergency if only == "emergency" else True)


def seen(visit: Visit, records: Sequence[Mine]) -> list[Look]:
    """All looks at records, newest first; who acts for the patient under the patient's name."""
    with visit.node.reading() as session:
        helpers = helper_names(session, visit.account)
    ring = of_home(visit.home)

    def name(reader: Address) -> str:
        return helpers.get(reader) or ring.name_of(reader)

    found = [
        _look(visit, of, each, name)
        for of in records
        for each in glance(visit.node, visit.home, of.record, by=of.key)
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _look(visit: Visit, of: Mine, each: Seen, name: Callable[[Address], str]) -> Look:
    is_own = each.reader == of.key.address
    known = each.purpose in Purpose.__members__
    mark = f"{each.time} {to_hex(each.reader)} {each.purpose} {each.section} {each.outcome}"
    return Look(
        sha256(mark.encode()).hexdigest()[:32],
        of.text,
        datetime.fromisoformat(each.time),
        visit.who.name if is_own else name(each.reader),
        purpose_name(Purpose[each.purpose]) if known else each.purpose,
        section_name(CODES[each.section]),
        each.outcome == "refused",
        each.purpose == Purpose.ETREAT.name,
        is_own,
        each.rule,
    )


@pages.card(Role.PATIENT, order=40)
def lately(visit: Visit) -> Card | None:
    """Who looked last, the patient excepted; who must wait for the keepers sees that."""
    with visit.node.reading() as session:
        records = mine(visit, session)
    if not records:
        return None
    key = (visit.session, visit.language, *(each.record for each in records))
    found = GLANCED.glance(key, lambda: _glanced(visit, records), patience=PATIENCE)
    if found is None:
        return Card("custody/awaited.html", {"again": visit.query.get("asked") == "again"})
    recent = found.looks[:RECENT]
    urgent = any(each.is_emergency for each in recent)
    return Card("custody/lately.html", {"looks": recent, "at": found.at}, urgent=urgent)


def _glanced(visit: Visit, records: Sequence[Mine]) -> Glanced:
    at = visit.node.clock.now()
    return Glanced(at, tuple(each for each in seen(visit, records) if not each.is_own))
