"""A record at its source: what is known of it, and the next version of it."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import (
    Address,
    Digest,
    RecordId,
    UnitId,
    new_record_id,
    record_from_text,
    record_text,
)
from salus.platform.database import Upsert
from salus.platform.work import Work
from salus.rights.records import tables as t
from salus.rights.records.commitments import subject_commitment
from salus.rights.records.errors import (
    StaleRoot,
    UnknownRecord,
    UnknownResource,
    UnknownSection,
)
from salus.rights.records.model import (
    FHIR_VERSION,
    Header,
    Place,
    UnitKind,
    Version,
    new_unit_salt,
    unit_id,
)
from salus.rights.records.sealing import SealedObject
from salus.rights.records.sections import SECTIONS
from salus.rights.records.versions import Composed, Keyed, SignedManifest


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit of a record: the salt opens its id, `objects` counts what it holds."""

    id: UnitId
    place: Place
    salt: bytes
    objects: int

    @property
    def located(self) -> tuple[UnitId, int]:
        """The id with the section, whose token says which keys are in force."""
        return self.id, self.place.section


@dataclass(frozen=True, slots=True)
class State:
    """What the source knows of one patient's record before the next version."""

    record: RecordId
    patient: str
    salt: bytes
    pseudonym: bytes
    version: Version | None
    root: Digest
    units: Mapping[Place, KnownUnit]
    roots: Mapping[Place, Mapping[str, Digest]]

    @property
    def number(self) -> int:
        return self.version.header.version if self.version else 0

    def unit(self, place: Place) -> KnownUnit:
        """The unit at a place, a new one when there is none."""
        if known := self.units.get(place):
            return known
        salt = new_unit_salt()
        return KnownUnit(unit_id(salt, self.record, place), place, salt, 0)

    def next_header(self, source: Address, now: datetime) -> Header:
        return Header(
            salt=Digest(secrets.token_bytes(32)),
            record=self.record,
            version=self.number + 1,
            source=source,
            fhir=FHIR_VERSION,
            sealed_at=now,
            previous=self.root,
            subject_commitment=subject_commitment(self.salt, self.pseudonym),
        )

    def next_roots(self, sealed: Iterable[SealedObject]) -> dict[Place, dict[str, Digest]]:
        """The roots of all current resources once these objects are applied."""
        roots = {place: dict(each) for place, each in self.roots.items()}
        for each in sealed:
            unit = roots.setdefault(each.place, {})
            for reference in each.removed:
                unit.pop(reference, None)
            unit.update({resource.reference: resource.root for resource in each.resources})
        return roots


def state_of(session: Session, patient: str) -> State:
    """The record of a patient at this source; a fresh handle when there is none yet."""
    row = session.scalar(select(t.Subject).where(t.Subject.patient == patient))
    if row is None:
        return State(
            new_record_id(),
            patient,
            secrets.token_bytes(32),
            secrets.token_bytes(16),
            None,
            Digest(bytes(32)),
            {},
            {},
        )
    sealed = newest_sealed(session, row.record)
    units = select(t.Unit).where(t.Unit.record == row.record, t.Unit.kind != UnitKind.SNAPSHOT)
    roots: dict[Place, dict[str, Digest]] = {}
    for resource in session.scalars(select(t.Resource).where(t.Resource.record == row.record)):
        place = Place(resource.section, resource.kind)
        roots.setdefault(place, {})[resource.reference] = Digest(resource.root)
    return State(
        record_from_text(row.record),
        patient,
        row.salt,
        row.pseudonym,
        parse(Version, sealed.version),
        Digest(sealed.root),
        {known.place: known for known in map(_known_unit, session.scalars(units))},
        roots,
    )


def _known_unit(row: t.Unit) -> KnownUnit:
    return KnownUnit(UnitId(row.unit), Place(row.section, row.kind), row.salt, row.objects)


def newest_sealed(session: Session, record: str) -> t.SealedVersion:
    of_record = select(t.SealedVersion).where(t.SealedVersion.record == record)
    newest = session.scalar(of_record.order_by(t.SealedVersion.number.desc()).limit(1))
    if newest is None:
        raise UnknownRecord(record=record)
    return newest


def digests_of(session: Session, patient: str) -> dict[tuple[str, int], tuple[int, bytes]]:
    """Kind and digest by reference and section of what is current: enough to see a change."""
    rows = session.execute(
        select(t.Resource.reference, t.Resource.section, t.Resource.kind, t.Resource.digest)
        .join(t.Subject, t.Subject.record == t.Resource.record)
        .where(t.Subject.patient == patient)
    )
    return {(reference, section): (kind, digest) for reference, section, kind, digest in rows}


def version_of(session: Session, patient: str) -> int:
    """The number of the newest sealed version of a patient's record, 0 when there is none."""
    newest = select(func.max(t.SealedVersion.number)).join(
        t.Subject, t.Subject.record == t.SealedVersion.record
    )
    return session.scalar(newest.where(t.Subject.patient == patient)) or 0


def refuse_stale(session: Session, state: State) -> None:
    """Raises StaleRoot when another import was faster."""
    of_record = t.SealedVersion.record == record_text(state.record)
    newest = session.scalar(select(func.max(t.SealedVersion.number)).where(of_record))
    taken = session.scalar(select(t.Subject.record).where(t.Subject.patient == state.patient))
    if (newest or 0) != state.number or (taken is None) != (state.version is None):
        raise StaleRoot


def keep(
    work: Work,
    state: State,
    units: Iterable[KnownUnit],
    keyed: Sequence[Keyed],
    composed: Composed,
) -> None:
    """Write down a version that the custodians hold: all of it or nothing."""
    session, record = work.session, record_text(state.record)
    if state.version is None:
        session.add(
            t.Subject(
                record=record, patient=state.patient, salt=state.salt, pseudonym=state.pseudonym
            )
        )
        session.flush()
    _keep_units(session, record, units)
    for each in keyed:
        _keep_resources(session, record, each.sealed)
    session.connection().execute(insert(t.Object), _object_rows(record, keyed, composed))
    session.add(
        t.SealedVersion(
            record=record,
            number=composed.version.header.version,
            root=composed.root,
            version=canonical_bytes(composed.version),
        )
    )


_UPSERT_RESOURCE = Upsert(
    t.Resource, ("record", "reference", "section"), ("kind", "digest", "root")
)
_UPSERT_UNIT = Upsert(t.Unit, ("unit",), ("objects",))


def _keep_units(session: Session, record: str, units: Iterable[KnownUnit]) -> None:
    """One object more in each unit."""
    _UPSERT_UNIT(
        session,
        [
            (each.id, record, each.place.section, int(each.place.kind), each.salt, each.objects + 1)
            for each in units
        ],
    )


def _keep_resources(session: Session, record: str, sealed: SealedObject) -> None:
    place = sealed.place
    if sealed.removed:
        session.execute(
            delete(t.Resource).where(
                t.Resource.record == record,
                t.Resource.section == place.section,
                t.Resource.kind == place.kind,
                t.Resource.reference.in_(sealed.removed),
            )
        )
    if not sealed.resources:
        return
    section, kind = place.section, int(place.kind)
    _UPSERT_RESOURCE(
        session,
        [
            (record, each.reference, section, kind, each.digest, each.root)
            for each in sealed.resources
        ],
    )


def _object_rows(
    record: str, keyed: Sequence[Keyed], composed: Composed
) -> list[dict[str, object]]:
    return [
        {
            "object_id": signed.manifest.id(),
            "record": record,
            "unit": each.unit,
            "segment_root": each.sealed.segment_root,
        }
        for each, signed in zip(keyed, composed.manifests, strict=True)
    ]


def find_record(session: Session, text: str) -> RecordId:
    """A record whose units are known here, by its handle or a beginning like no other."""
    return _named(session, t.Unit.record, text)


def find_on_ledger(session: Session, text: str) -> RecordId:
    """A record of any home, as `find_record`: the ledger names it, and nothing else of it."""
    return _named(session, t.RecordRow.record, text)


def _named(session: Session, column: InstrumentedAttribute[str], text: str) -> RecordId:
    """Raises UnknownRecord."""
    prefix = text.lower()
    beginning = column.startswith(prefix, autoescape=True)
    found = list(session.scalars(select(column).where(beginning).distinct().limit(2)))
    if len(found) != 1 or not prefix:
        raise UnknownRecord(record=text[:32])
    return record_from_text(found[0])


def units_of(session: Session, record: RecordId, sections: Iterable[str]) -> list[KnownUnit]:
    """The units of sections by name, restricted ones apart. Raises UnknownSection."""
    known = [unit for unit in all_units(session, record) if unit.place.kind != UnitKind.SNAPSHOT]
    found: list[KnownUnit] = []
    for name in sections:
        code = next((code for code, each in SECTIONS.items() if each == name), None)
        mine = [unit for unit in known if unit.place.section == code]
        if code is None or not mine:
            here = sorted(SECTIONS[unit.place.section] for unit in known)
            raise UnknownSection(section=name[:40], known=", ".join(dict.fromkeys(here)))
        found += mine
    return found


def all_units(session: Session, record: RecordId) -> list[KnownUnit]:
    """Every unit of a record, in the order of its sections."""
    rows = session.scalars(select(t.Unit).where(t.Unit.record == record_text(record)))
    return sorted(map(_known_unit, rows), key=lambda unit: unit.place)


def snapshots_of(session: Session, record: RecordId, sections: Iterable[str]) -> list[KnownUnit]:
    """The units made for single grants, in these sections."""
    codes = {code for code, name in SECTIONS.items() if name in set(sections)}
    return [
        unit
        for unit in all_units(session, record)
        if unit.place.kind == UnitKind.SNAPSHOT and unit.place.section in codes
    ]


def keep_snapshot(
    session: Session, record: RecordId, unit: KnownUnit, keyed: Keyed, made: SignedManifest
) -> None:
    """Write down a snapshot that the custodians hold."""
    text = record_text(record)
    _keep_units(session, text, [unit])
    session.flush()
    session.add(
        t.Object(
            object_id=made.manifest.id(),
            record=text,
            unit=unit.id,
            segment_root=keyed.sealed.segment_root,
        )
    )


def units_holding(session: Session, record: RecordId, reference: str) -> list[KnownUnit]:
    """The unit of one resource. Raises UnknownResource."""
    text = record_text(record)
    of_record = t.Resource.record == text
    row = session.scalar(select(t.Resource).where(of_record, t.Resource.reference == reference))
    if row is None:
        raise UnknownResource(resource=reference[:80])
    units = select(t.Unit).where(
        t.Unit.record == text, t.Unit.section == row.section, t.Unit.kind == row.kind
    )
    return [_known_unit(each) for each in session.scalars(units)]


def plain_units(units: Iterable[KnownUnit]) -> list[KnownUnit]:
    """Without those that hold resources labeled restricted."""
    return [unit for unit in units if unit.place.kind == UnitKind.SECTION]


def newest_version(session: Session, record: RecordId) -> Version:
    return parse(Version, newest_sealed(session, record_text(record)).version)


def unannounced(session: Session, limit: int) -> list[Version]:
    """Sealed versions that the ledger does not have yet, as the index knows, oldest first."""
    known = t.RecordRow.record == t.SealedVersion.record
    rows = (
        select(t.SealedVersion.version)
        .outerjoin(t.RecordRow, known)
        .where(t.SealedVersion.number > func.coalesce(t.RecordRow.version, 0))
        .order_by(t.SealedVersion.number, t.SealedVersion.record)
        .limit(limit)
    )
    return [parse(Version, version) for version in session.scalars(rows)]
