"""What every page of a clinic begins with: for which party, and what is shared with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import PageMissing, Visit
from salus.platform.web.portal.pages import ROOT
from salus.rights.consent import service as consent
from salus.rights.consent.explaining.service import Asked, OwnParts, own_parts
from salus.rights.consent.model import Purpose
from salus.rights.consent.readers import shares_with
from salus.rights.consent.service import Granted
from salus.rights.custody import household
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.rights.identity.matching.errors import UnknownPerson
from salus.rights.identity.matching.register import person_in
from salus.rights.identity.matching.showing import shown_name
from salus.rights.identity.model import Party
from salus.rights.records.errors import UnknownRecord
from salus.rights.records.listing import summary
from salus.rights.records.naming import section_name
from salus.rights.records.service import KnownUnit, all_units

PATIENTS = f"{ROOT}/clinic/patients"
PURPOSE = Purpose.TREAT


@dataclass(frozen=True, slots=True)
class Shared:
    """What a patient shares with the party of the visitor: the parts by name, and until when."""

    record: str
    name: str
    sections: tuple[str, ...]
    until: datetime


def party_of(visit: Visit) -> Party:
    """For whom the visitor acts. Raises UnknownParty."""
    return of_home(visit.home).party(visit.who.party)


def writes(visit: Visit) -> bool:
    """Whether the party of the visitor is the source of this home: only it writes and registers."""
    try:
        return household.source_of(visit.home).name == visit.who.party
    except UnknownParty:
        return False


def only_writers(visit: Visit) -> None:
    """Raises PageMissing for everybody else."""
    if not writes(visit):
        raise PageMissing


def record_in(text: str) -> RecordId:
    """Raises PageMissing."""
    try:
        record = record_from_text(text)
    except ValueError:
        raise PageMissing from None
    if record_text(record) != text:
        raise PageMissing
    return record


def own_record(visit: Visit, text: str) -> RecordId:
    """A record that the source wrote. Raises PageMissing, also for those of others."""
    only_writers(visit)
    record = record_in(text)
    if not is_own(visit, record):
        raise PageMissing
    return record


def is_own(visit: Visit, record: RecordId) -> bool:
    """Whether it is a record of the source, and the visitor works there."""
    if not writes(visit):
        return False
    with visit.node.reading() as session:
        try:
            summary(session, record)
        except UnknownRecord:
            return False
    return True


def live(visit: Visit, session: Session, record: RecordId | None = None) -> list[Granted]:
    """What may be asked for now, the newest share first."""
    who, now = party_of(visit).address, visit.node.clock.now()
    return shares_with(session, who, PURPOSE, now=now, record=record)


def ground(session: Session, record: RecordId, shares: Sequence[Granted]) -> str:
    """A short word for what a page rests on: it is another one as soon as any decision changes."""
    every = sorted((each.id, int(each.state)) for each in consent.grants(session, record))
    shown = sorted(each.id for each in shares)
    return sha256(repr((every, shown)).encode()).hexdigest()[:32]


def shares_in_words(visit: Visit) -> list[Shared]:
    """Every share of any patient of which something is open now, the newest first."""
    with visit.node.reading() as session:
        return [each for one in live(visit, session) if (each := shared(visit, session, one))]


def shared(visit: Visit, session: Session, granted: Granted) -> Shared | None:
    """A share in words, without what is refused all the same; None where nothing is left."""
    record, wanted = granted.terms.record, set(granted.terms.clause.units)
    units = [unit for unit in all_units(session, record) if unit.id in wanted]
    parts = parts_of(visit, record, units)
    held = {unit.place.section for unit in (*parts.open, *parts.joint)}
    sections = tuple(section_name(code) for code in sorted(held))
    name = patient_name(visit, session, record) if writes(visit) else ""
    until = granted.terms.not_after
    return Shared(record_text(record), name, sections, until) if sections else None


def parts_of(visit: Visit, record: RecordId, units: Sequence[KnownUnit]) -> OwnParts:
    """Those of units that are open to the party, as far as this home knows."""
    if not units:
        return OwnParts((), ())
    asked = Asked(record, party_of(visit).address, PURPOSE, visit.node.clock.now())
    key = (parts_of, record, tuple(unit.id for unit in units))
    return visit.once(key, lambda: own_parts(visit.node, asked, units))


def patient_name(visit: Visit, session: Session, record: RecordId) -> str:
    """As the register of the source has it; empty where it knows nobody."""
    key = read_secret(visit.home / STORAGE_KEY)
    try:
        return shown_name(person_in(session, record_text(record), storage_key=key))
    except UnknownPerson:
        return ""


def share_id(granted: Granted) -> str:
    return to_hex(granted.id)
