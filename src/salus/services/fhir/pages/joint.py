"""Parts that open only when others sign each time: asking them, waiting, and opening once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from salus.kernel.ids import UnitId, record_text
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.errors import SeveralRules
from salus.rights.consent.service import Granted
from salus.rights.custody import household
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.joint import service
from salus.rights.custody.joint.errors import ApproversElsewhere
from salus.rights.custody.joint.model import JointRead, Stand
from salus.rights.custody.joint.service import Wanted
from salus.rights.records.naming import section_name
from salus.rights.records.readable import entries
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit, all_units
from salus.services.fhir.pages.acting import party_of
from salus.services.fhir.pages.seen import Seen, joint_units, reader_of, seen_by

pages = Pages("fhir")
READS = f"{ROOT}/clinic/reads"


@dataclass(frozen=True, slots=True)
class JointPart:
    """A section that others must open with the visitor; `read` is what he asks for already."""

    name: str
    words: str
    read: str
    is_askable: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the visitor asked for: for which patient and part, until when, and who has signed."""

    id: str
    seen: Seen
    granted: Granted
    units: tuple[KnownUnit, ...]
    stand: Stand
    until: datetime
    agreed: int
    needed: int

    @property
    def words(self) -> str:
        return ", ".join(section_name(code) for code in _codes(self.units))


def _codes(units: Sequence[KnownUnit]) -> list[int]:
    return sorted({unit.place.section for unit in units})


def asked_jointly(visit: Visit, seen: Seen) -> list[JointPart]:
    """The parts of a patient that open only with others."""
    held, now = joint_units(visit, seen), visit.node.clock.now()
    if not held:
        return []
    with visit.node.reading() as session:
        mine = service.of_account(session, visit.account, now)
    open_ = {unit: each.id for each in mine if _is_running(each, now) for unit in each.units}
    return [
        JointPart(
            SECTIONS[code],
            section_name(code),
            next((open_[unit.id] for unit in units if unit.id in open_), ""),
            _is_askable(visit, seen, [unit.id for unit in units]),
        )
        for code, (_, units) in sorted(held.items())
    ]


def _is_running(each: JointRead, now: datetime) -> bool:
    return each.stand(now) in {Stand.WAITING, Stand.SIGNED}


def _is_askable(visit: Visit, seen: Seen, units: Sequence[UnitId]) -> bool:
    """Whether enough of those who sign are at this portal."""
    with visit.node.reading() as session:
        try:
            return bool(service.approvers_here(visit.node, session, seen.record, units))
        except SeveralRules:
            return False


# ASKING


@pages.post("/clinic/patients/{record}/reads", Role.CLINICIAN, signs=True)
def ask(visit: Visit, record: str) -> Answer:
    """Those who must sign are told. Raises PageMissing for what is not open that way."""
    seen, wanted = seen_by(visit, record), visit.form.typed("part")
    held = {SECTIONS[code]: each for code, each in joint_units(visit, seen).items()}
    if wanted not in held:
        raise PageMissing
    granted, units = held[wanted]
    asked = Wanted(seen.record, units, reader_of(visit, granted), visit.account)
    try:
        made = service.ask(visit.node, asked)
    except SeveralRules:
        raise ApproversElsewhere from None
    return Redirect(f"{READS}/{made}", said=translate("Those who must sign have been told."))


# HOW IT STANDS


@pages.get("/clinic/reads/{read}", Role.CLINICIAN)
def standing(visit: Visit, read: str) -> Answer:
    return Page("fhir/joint.html", {"each": _asked(visit, read)})


@pages.get("/clinic/reads/{read}/now", Role.CLINICIAN, watches=True)
def now(visit: Visit, read: str) -> Answer:
    """What an open page asks for by itself: whether something has changed."""
    if not visit.is_fragment:
        return Redirect(f"{READS}/{_asked(visit, read).id}")
    each = _asked(visit, read)
    is_same = visit.query.get("shown") == f"{each.stand} {each.agreed}"
    return Page("fhir/joint_now.html", {"each": each, "is_same": is_same})


def _asked(visit: Visit, read: str) -> Asked:
    """Raises PageMissing for one of others, and once nothing of it is shared any more."""
    when, party = visit.node.clock.now(), party_of(visit).address
    with visit.node.reading() as session:
        mine = service.of_account(session, visit.account, when)
        each = next((one for one in mine if one.id == read and one.reader == party), None)
        if each is None:
            raise PageMissing
        known = {unit.id: unit for unit in all_units(session, each.record)}
    seen = seen_by(visit, record_text(each.record))
    granted = next((one for one in seen.shares if one.id == each.grant), None)
    if granted is None:
        raise PageMissing
    units = tuple(known[unit] for unit in each.units if unit in known)
    agreed = len(each.cosignatures)
    stand, until = each.stand(when), each.request.deadline
    return Asked(read, seen, granted, units, stand, until, agreed, each.threshold)


# OPENING


@pages.post("/clinic/reads/{read}", Role.CLINICIAN, again=standing)
def open_(visit: Visit, read: str) -> Answer:
    """Opened once, and shown in this one answer only: nothing of it is kept."""
    each = _asked(visit, read)
    reader, record = reader_of(visit, each.granted), each.seen.record
    keepers = household.keepers_of(visit.node, visit.home, record)
    try:
        found = service.open_read(visit.node, keepers, read, reader, each.units).units
    except NotPermitted:  # what was shared has changed meanwhile
        raise PageMissing from None
    lines: dict[int, list[object]] = {}
    for unit in found:
        code = unit.place.section
        lines.setdefault(code, []).extend(entries(code, unit.resources))
    parts = [(section_name(code), lines[code]) for code in sorted(lines)]
    return Page("fhir/joint_open.html", {"each": each, "seen": each.seen, "parts": parts})
