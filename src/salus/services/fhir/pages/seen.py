"""What a page about one patient begins with: her record, the shares, and what each may open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from salus.kernel.ids import RecordId, record_text
from salus.platform.web.portal import PageMissing, Visit
from salus.rights.consent.service import Granted
from salus.rights.custody.reading import Reader, as_reader
from salus.rights.records.service import KnownUnit, all_units
from salus.services.fhir.pages.acting import (
    PURPOSE,
    ground,
    is_own,
    live,
    parts_of,
    party_of,
    record_in,
)

NOBODY = "-"
"""The ground of a page that rests on nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One patient as she is shown: by what shares, and what they opened, by section."""

    record: RecordId
    shares: tuple[Granted, ...]
    ground: str
    is_own: bool

    @property
    def text(self) -> str:
        return record_text(self.record)


def seen_by(visit: Visit, text: str) -> Seen:
    """Raises PageMissing: who shares nothing is not there, except for whoever wrote the record."""
    record = record_in(text)
    own = is_own(visit, record)
    with visit.node.reading() as session:
        shares = tuple(live(visit, session, record))
        rests = ground(session, record, shares) if shares else NOBODY
    if not shares and not own:
        raise PageMissing
    return Seen(record, shares, rests, own)


def divided(visit: Visit, seen: Seen) -> Iterator[tuple[Granted, list[KnownUnit]]]:
    """Each unit under the newest share that names it."""
    with visit.node.reading() as session:
        units = all_units(session, seen.record)
    taken: set[bytes] = set()
    for granted in seen.shares:
        named = set(granted.terms.clause.units) - taken
        mine = [unit for unit in units if unit.id in named]
        taken |= named
        if mine:
            yield granted, mine


def joint_units(visit: Visit, seen: Seen) -> dict[int, tuple[Granted, list[KnownUnit]]]:
    """By section what opens only with signatures of others, and by which share."""
    found: dict[int, tuple[Granted, list[KnownUnit]]] = {}
    for granted, units in divided(visit, seen):
        for unit in parts_of(visit, seen.record, units).joint:
            by, held = found.setdefault(unit.place.section, (granted, []))
            if by == granted:
                held.append(unit)
    return found


def reader_of(visit: Visit, granted: Granted) -> Reader:
    """The party of the visitor, by one of its shares."""
    return replace(as_reader(party_of(visit), granted), purpose=PURPOSE)
