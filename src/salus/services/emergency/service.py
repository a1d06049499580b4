"""What clinicians, patients and privacy officers do about emergencies."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, Digest, RecordId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.emergency import ledger
from salus.rights.consent.emergency.model import (
    EmergencyPolicy,
    Reason,
    Scope,
    Verdict,
    finding_commitment,
    new_opening_id,
    new_salt,
    reason_commitment,
)
from salus.rights.consent.errors import OpeningEnded
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Opened, Progress, in_emergency, read
from salus.rights.identity.ledger import organization_of, send, view
from salus.rights.identity.model import KeyUse, Party, Roles
from salus.rights.records.errors import UnknownSection
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.service import KnownUnit, plain_units, units_of
from salus.services.emergency.errors import (
    CoSignerNeeded,
    SiteMissing,
    SummaryMissing,
    UnknownEmergency,
)
from salus.services.emergency.notices import tell
from salus.services.emergency.tables import FindingTerms, LinkRow, OpeningRow, OpeningTerms

CLINICAL = Roles.HOSPITAL | Roles.EMERGENCY


@dataclass(frozen=True, slots=True)
class Emergency:
    """An opening as this node knows it; `reason` and `finding` are empty where it does not."""

    id: Digest
    record: RecordId
    site: Address
    clinician: Address
    second: Address
    scope: Scope
    reason: str
    opened_at: int
    expires_at: int
    reviewed_at: int
    verdict: Verdict
    finding: str


# THE CLINICIAN


def break_glass(node: Node, *, record: RecordId, reason: Reason, by: SigningKey) -> Emergency:
    """Open the summary of a record, for four hours; everybody concerned is told before any read.

    The reason is kept before the ledger is asked: without it nobody could review the opening.
    Raises SiteMissing, and what EmergencyAccess refuses.
    """
    site = site_of(node, by.address)
    opening, salt = new_opening_id(by.address), new_salt()
    with node.sessions() as session, session.begin():
        session.add(OpeningTerms(id=opening, salt=salt, reason=reason.name))
    commitment = reason_commitment(salt, reason)
    send(node, ledger.break_glass(node, opening, record, site, commitment, by=by))
    return _told(node, opening)


def widen(node: Node, opening: Digest, *, by: SigningKey) -> Emergency:
    """One step further, by another clinician of the site: to the summary, then to the record."""
    send(node, ledger.widen(node, opening, by=by))
    return _told(node, opening)


def close(node: Node, opening: Digest, *, by: SigningKey) -> Emergency:
    """End an opening early, by a clinician of the site or by the patient."""
    send(node, ledger.close(node, opening, by=by))
    return _told(node, opening)


def record_card(
    node: Node, *, record: RecordId, used_at: int, by: SigningKey, opening: Digest | None = None
) -> Emergency:
    """Tell afterwards that the offline card of a record was read; under an id, for one that has it.

    Told twice under one id it is told once.
    """
    site, opening = site_of(node, by.address), opening or new_opening_id(by.address)
    node.follow()
    with node.reading() as session:
        if session.get(OpeningRow, opening) is not None:
            return emergency_of(session, opening)
    send(node, ledger.record_offline_card(node, opening, record, site, used_at, by=by))
    return _told(node, opening)


def site_of(node: Node, clinician: Address) -> Address:
    """The hospital that a clinician acts for. Raises SiteMissing."""

    def ask(contract: str, name: str, *arguments: object, **options: object) -> object:
        return view(node, contract, name, *arguments, **options)  # type: ignore[arg-type]

    site = organization_of(ask, clinician, KeyUse.ACT, CLINICAL, node.ledger.final())
    if site is None:
        raise SiteMissing(clinician=clinician)
    return site


def read_opened(
    node: Node,
    keepers: Keepers,
    emergency: Emergency,
    *,
    hospital: Party,
    by: SigningKey,
    progress: Progress = lambda _: None,
) -> Opened:
    """Read what an opening releases.

    Raises OpeningEnded, CoSignerNeeded, SummaryMissing, and NotPermitted where the keepers refuse.
    """
    tell(node)
    if seconds(node.clock.now()) >= emergency.expires_at:
        raise OpeningEnded(id=emergency.id)
    if emergency.scope is Scope.NOTHING:
        raise CoSignerNeeded(emergency=handle(emergency.id))
    with node.reading() as session:
        units = _units(session, emergency)
    who = in_emergency(hospital, by, emergency.id)
    return read(node, keepers, who, emergency.record, units, progress=progress)


def _units(session: Session, emergency: Emergency) -> list[KnownUnit]:
    """The summary, or every section without what is labeled restricted."""
    wide = emergency.scope is Scope.RECORD
    names: Sequence[str] = [SECTIONS[EMERGENCY_SUMMARY]]
    if wide:
        names = [name for name in SECTIONS.values() if _has(session, emergency.record, name)]
    try:
        found = plain_units(units_of(session, emergency.record, names))
    except UnknownSection:
        raise SummaryMissing from None
    if not found:
        raise SummaryMissing
    return found


def _has(session: Session, record: RecordId, section: str) -> bool:
    try:
        return bool(units_of(session, record, [section]))
    except UnknownSection:
        return False


# THE PATIENT


def set_policy(node: Node, record: RecordId, policy: EmergencyPolicy, *, by: SigningKey) -> None:
    """Say what emergencies may do with a record, from this block on."""
    send(node, ledger.set_policy(node, record, policy, by=by))


# THE PRIVACY OFFICER


def review(
    node: Node, opening: Digest, *, verdict: Verdict, finding: str, by: SigningKey
) -> Emergency:
    """Say once whether an opening was justified; the text stays with this node."""
    salt = new_salt()
    commitment = finding_commitment(salt, finding)
    with node.sessions() as session, session.begin():
        session.add(FindingTerms(commitment=commitment, salt=salt, finding=finding))
    send(node, ledger.review(node, opening, verdict, commitment, by=by))
    return _told(node, opening)


# WHAT IS KNOWN


def _told(node: Node, opening: Digest) -> Emergency:
    """Bring the index up to date and write the notices, in that order."""
    node.follow()
    tell(node)
    with node.reading() as session:
        return emergency_of(session, opening)


def handle(opening: bytes) -> str:
    """The random part of an id, which people tell apart: the rest is the clinician's address."""
    return opening[20:].hex()


def find_emergency(session: Session, text: str) -> Emergency:
    """By its handle or its id, or a beginning of either that is like no other.

    Raises UnknownEmergency.
    """
    prefix = text.lower().removeprefix("0x")
    rows = [
        row
        for row in session.scalars(select(OpeningRow))
        if row.id.hex().startswith(prefix) or handle(row.id).startswith(prefix)
    ]
    if len(rows) != 1 or not prefix:
        raise UnknownEmergency(emergency=text[:66])
    return _emergency(session, rows[0])


def emergencies(session: Session, record: RecordId) -> list[Emergency]:
    """Of one record, oldest first."""
    mine = select(OpeningRow).where(OpeningRow.record == record_text(record))
    rows = session.scalars(mine.order_by(OpeningRow.opened_at, OpeningRow.id))
    return [_emergency(session, row) for row in rows]


def of_site(session: Session, site: Address) -> list[Emergency]:
    """Openings that clinicians of a hospital made, newest first; cards that were read excepted."""
    mine = select(OpeningRow).where(OpeningRow.site == site, OpeningRow.opened_at > 0)
    rows = session.scalars(mine.order_by(OpeningRow.opened_at.desc(), OpeningRow.id))
    return [_emergency(session, row) for row in rows]


def sites_of(session: Session, office: Address) -> list[Address]:
    """The organizations that governors linked to a privacy office."""
    linked = select(LinkRow.org).where(LinkRow.other == office).order_by(LinkRow.org)
    return [Address(each) for each in session.scalars(linked)]


def emergency_of(session: Session, opening: Digest) -> Emergency:
    return _emergency(session, session.get_one(OpeningRow, opening))


def _emergency(session: Session, row: OpeningRow) -> Emergency:
    terms = session.get(OpeningTerms, row.id)
    found = session.get(FindingTerms, row.finding)
    return Emergency(
        id=Digest(row.id),
        record=record_from_text(row.record),
        site=Address(row.site),
        clinician=Address(row.id[:20]),
        second=Address(row.second),
        scope=Scope(row.scope),
        reason=terms.reason if terms else "",
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        reviewed_at=row.reviewed_at,
        verdict=Verdict(row.verdict),
        finding=found.finding if found else "",
    )
