"""A patient as the clinic may see her now: what she shares for treatment, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import Answer
from salus.rights.consent.service import Granted
from salus.rights.custody import household
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.pages.shelf import Key, Shelf, Shelved
from salus.rights.custody.reading import OpenedUnit, read
from salus.rights.records.listing import summary
from salus.rights.records.naming import section_name
from salus.rights.records.readable import Entry, entries
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit
from salus.services.fhir.pages.acting import (
    PATIENTS,
    ground,
    live,
    parts_of,
    patient_name,
    record_in,
    share_id,
    shared,
)
from salus.services.fhir.pages.joint import asked_jointly
from salus.services.fhir.pages.seen import NOBODY, Seen, divided, joint_units, reader_of, seen_by

pages = Pages("fhir")
LATEST = 10  # entries of a section on the summary
ABOUT = 1  # the section that says who somebody is
_SHELF = Shelf(kept=60.0)
"""A refusal that this home never heard of ends what is shown within a minute at the latest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section that is shared."""

    name: str
    words: str
    entries: tuple[Entry, ...]


# OPENING


def _parts(visit: Visit, seen: Seen) -> list[Part]:
    """What is open now, each byte checked. What a keeper refuses is as if it were not there."""
    found: dict[int, list[Entry]] = {}
    for granted, units in divided(visit, seen):
        key = (visit.session, seen.record, 0, f"{share_id(granted)} {seen.ground}")
        try:
            (shelved,) = _SHELF.take([key], _opener(visit, seen, granted, units))
        except NotPermitted:  # which is not worth keeping: it may be over in a moment
            continue
        for each in shelved.entries:
            found.setdefault(each.section, []).append(each)
    return [
        Part(SECTIONS[code], section_name(code), tuple(sorted(found[code], key=_newest)))
        for code in sorted(found)
    ]


def _newest(each: Entry) -> tuple[bool, tuple[int, ...], str]:
    return not each.at, tuple(-ord(char) for char in each.at), each.reference


def _opener(
    visit: Visit, seen: Seen, granted: Granted, units: Sequence[KnownUnit]
) -> Callable[[Sequence[Key]], dict[Key, Shelved]]:
    """What opens the units of one share when the shelf has not got them. Raises NotPermitted."""

    def opened(keys: Sequence[Key]) -> dict[Key, Shelved]:
        found = _read(visit, seen, granted, list(parts_of(visit, seen.record, units).open))
        if not found:
            raise NotPermitted
        resources: dict[str, bytes] = {}
        lines: list[Entry] = []
        for unit in found:
            resources |= unit.resources
            lines += entries(unit.place.section, unit.resources)
        return {key: Shelved(resources, tuple(lines)) for key in keys}

    return opened


def _read(
    visit: Visit, seen: Seen, granted: Granted, units: Sequence[KnownUnit]
) -> tuple[OpenedUnit, ...]:
    """What the keepers give: all at once, or each by itself where they refuse any of it."""
    reader = reader_of(visit, granted)
    keepers = household.keepers_of(visit.node, visit.home, seen.record)
    try:
        return read(visit.node, keepers, reader, seen.record, units).units if units else ()
    except NotPermitted:
        if len(units) == 1:
            return ()
        return tuple(each for unit in units for each in _read(visit, seen, granted, [unit]))


# PAGES


@pages.get("/clinic/patients/{record}", Role.CLINICIAN)
def patient(visit: Visit, record: str) -> Answer:
    seen = seen_by(visit, record)
    shown = _shown(visit, seen, _open_to(visit, seen))
    return Page("fhir/patient.html", shown | {"joint": asked_jointly(visit, seen)})


def _open_to(visit: Visit, seen: Seen) -> list[Part]:
    """As `_parts`. Raises PageMissing where nothing is open: refused is as if it were not there."""
    parts = _parts(visit, seen)
    if not parts and not seen.is_own and not joint_units(visit, seen):
        raise PageMissing
    return parts


def _shown(visit: Visit, seen: Seen, parts: Sequence[Part]) -> dict[str, object]:
    with visit.node.reading() as session:
        name = patient_name(visit, session, seen.record) if seen.is_own else ""
        known = summary(session, seen.record) if seen.is_own else None
        shares = [each for one in seen.shares if (each := shared(visit, session, one))]
    return {
        "seen": seen,
        "name": name or _named(parts),
        "shares": shares,
        "parts": parts,
        "latest": LATEST,
        "waits": known is not None and not known.is_anchored,
        "version": known.version if known else 0,
    }


def _named(parts: Sequence[Part]) -> str:
    """Who it is, where the patient shares that."""
    about = (each for part in parts if part.name == SECTIONS[ABOUT] for each in part.entries)
    return next((each.what for each in about if each.kind == "Patient"), "")


@pages.get("/clinic/patients/{record}/part/{name}", Role.CLINICIAN)
def part(visit: Visit, record: str, name: str) -> Answer:
    """All entries of one section."""
    seen = seen_by(visit, record)
    parts = _open_to(visit, seen)
    found = [each for each in parts if each.name == name]
    if not found:
        raise PageMissing
    return Page("fhir/part.html", _shown(visit, seen, parts) | {"part": found[0]})


@pages.get("/clinic/patients/{record}/now", Role.CLINICIAN, watches=True)
def now(visit: Visit, record: str) -> Answer:
    """What an open page asks for by itself: whether it may stay. It reads nothing of the record."""
    if not visit.is_fragment:
        return Redirect(f"{PATIENTS}/{record_text(record_in(record))}")
    with visit.node.reading() as session:
        rests = _rests(visit, session, record_in(record))
    return Page("fhir/now.html", {"stays": rests == visit.query.get("shown"), "record": record})


def _rests(visit: Visit, session: Session, record: RecordId) -> str:
    shares = live(visit, session, record)
    return ground(session, record, shares) if shares else NOBODY
