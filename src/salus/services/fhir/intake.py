"""What one core does of an import: read, check, divide, commit, encrypt. No ledger, no custody."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from salus.kernel.decoding import decode
from salus.rights.records.errors import InvalidResource
from salus.rights.records.labels import is_restricted
from salus.rights.records.links import links, misleading
from salus.rights.records.model import Place, UnitKind
from salus.rights.records.sealing import Incoming, SealedObject, seal_object
from salus.rights.records.sections import KEEPING_OF, OTHER, Keeping, section_of
from salus.rights.records.validation import validate
from salus.rights.records.wording import told
from salus.services.fhir.errors import ReferenceMisleads, ReferenceUnresolved, TypeNotStored
from salus.services.fhir.model import Found, is_local, patient_of, references
from salus.services.fhir.summarizing import SUMMARY, Summaries, summarize

Digests = Mapping[tuple[str, int], tuple[int, bytes]]
"""Kind and digest by reference and section."""
Units = Mapping[Place, Mapping[str, Found]]
"""The resources of one patient, by unit and reference."""


@dataclass(frozen=True, slots=True)
class Known:
    """What this home knew before: each a question, answered from its database."""

    digests: Callable[[str], Digests]
    version: Callable[[str], int]
    directory: Callable[[str], tuple[str, bytes] | None]
    has: Callable[[str], bool]
    summaries: Summaries


@dataclass(frozen=True, slots=True)
class Directory:
    """A resource that belongs to nobody's record."""

    reference: str
    url: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one patient's part of a document comes to; no objects when nothing changed.

    `base` is the version of the record that the change was seen against.
    """

    patient: str
    base: int
    objects: tuple[SealedObject, ...]
    taken: int
    summary: bytes | None
    person: bytes | None


@dataclass(frozen=True, slots=True)
class Intake:
    prepared: tuple[Prepared, ...]
    directory: tuple[Directory, ...]


def check(found: Found) -> None:
    """Raises InvalidResource with the first fault, and TypeNotStored."""
    if found.is_removed:
        return
    keeping = KEEPING_OF.get(found.type)
    if keeping in {Keeping.NOT_STORED, Keeping.READ_ONLY, Keeping.TRANSIENT, Keeping.CONTROL}:
        raise TypeNotStored(where=found.where, type=found.type)
    for finding in validate(found.value):
        where = f"{found.where}: {finding.path}"
        fault, advice = told(finding)
        raise InvalidResource(where=where, fault=fault, advice=advice)


def prepare(document: Iterable[Found], known: Known, elsewhere: Callable[[str], bool]) -> Intake:
    """Check a whole document and seal what changed. Raises the first error; nothing is kept."""
    found = list(document)
    for each in found:
        check(each)
    present = [each for each in found if not each.is_removed]
    directory = {
        each.url: each for each in present if KEEPING_OF.get(each.type) is Keeping.DIRECTORY
    }
    divided = _divide(present, directory, known, elsewhere)
    gone = [each.reference for each in found if each.is_removed]
    return Intake(
        tuple(_seal(patient, units, gone, known) for patient, units in divided.items()),
        tuple(Directory(each.reference, each.url, each.raw) for each in directory.values()),
    )


def _divide(
    found: Iterable[Found],
    directory: Mapping[str, Found],
    known: Known,
    elsewhere: Callable[[str], bool],
) -> dict[str, dict[Place, dict[str, Found]]]:
    """Resources by patient and unit; each unit has a copy of the directory it names."""
    by_url = {each.url: each for each in found} | {each.reference: each for each in found}
    patients = [each for each in found if each.type == "Patient"]
    divided: dict[str, dict[Place, dict[str, Found]]] = {}
    copied: set[str] = set()
    for each in found:
        targets = references(each.raw)
        _check_references(each, targets, by_url, known, elsewhere)
        _check_types(each, targets, by_url)
        if each.url in directory:
            continue
        patient = patient_of(each, by_url, patients)
        unit = divided.setdefault(patient, {}).setdefault(_place(each, by_url), {})
        unit[each.reference] = each
        outward = (target for target in targets if target in directory or target not in by_url)
        for copy in filter(None, (_directory_copy(target, directory, known) for target in outward)):
            unit[copy.reference] = copy
            copied.add(copy.url)
    unnamed = {each.reference: each for url, each in directory.items() if url not in copied}
    if len(divided) == 1 and unnamed:  # no resource of a patient's own Bundle is lost
        (units,) = divided.values()
        units.setdefault(Place(OTHER, UnitKind.SECTION), {}).update(unnamed)
    return divided


def _check_references(
    found: Found,
    targets: Iterable[str],
    by_url: Mapping[str, Found],
    known: Known,
    elsewhere: Callable[[str], bool],
) -> None:
    for target in targets:
        base = target.partition("/_history/")[0]
        if is_local(base) and not (
            base in by_url or elsewhere(base) or known.directory(base) or known.has(base)
        ):
            raise ReferenceUnresolved(where=f"{found.where}: {_path_of(found, target)}")


def _path_of(found: Found, target: str) -> str:
    """Where in a resource a reference stands."""
    paths = (link.path for link in links(found.value) if link.text == target)
    return next(paths, found.type)


def _check_types(found: Found, targets: Iterable[str], by_url: Mapping[str, Found]) -> None:
    """Raises ReferenceMisleads. What is written as `Type/id` was checked with the schema."""
    if not any(":" in each and each in by_url for each in targets):
        return

    def type_of(text: str) -> str | None:
        target = by_url.get(text)
        return target.type if target else None

    wrong = misleading(found.value, type_of)
    if wrong is not None:
        where = f"{found.where}: {wrong.path}"
        raise ReferenceMisleads(where=where, type=type_of(wrong.text))


def _place(found: Found, by_url: Mapping[str, Found]) -> Place:
    if KEEPING_OF.get(found.type) is Keeping.FOLLOWS:
        target = next(
            (by_url[each] for each in references(found.raw) if _leads(each, by_url)), None
        )
        return _place(target, by_url) if target else Place(OTHER, UnitKind.SECTION)
    section = section_of(found.value)
    assert section is not None, "directory, control and unstored types were sorted out before"
    kind = UnitKind.RESTRICTED if is_restricted(found.value) else UnitKind.SECTION
    return Place(section, kind)


def _leads(url: str, by_url: Mapping[str, Found]) -> bool:
    target = by_url.get(url)
    return target is not None and target.type not in KEEPING_OF


def _directory_copy(url: str, directory: Mapping[str, Found], known: Known) -> Found | None:
    if url in directory:
        return directory[url]
    stored = known.directory(url)
    if stored is None:
        return None
    reference, raw = stored
    decoded = decode(raw)
    return Found("directory", reference, url, raw, decoded.value, decoded.exact)


def _seal(patient: str, units: Units, gone: Iterable[str], known: Known) -> Prepared:
    """One object for each unit that something is added to, changed in or removed from, and the
    emergency summary where it changes.
    """
    base, before = known.version(patient), known.digests(patient)
    removed = _removed(units, set(gone), before)
    objects = []
    for place in sorted(units.keys() | removed.keys()):
        changed = [
            Incoming(each.reference, place, each.raw, each.exact)
            for each in units.get(place, {}).values()
            if before.get((each.reference, place.section)) != (place.kind, _digest(each))
        ]
        if changed or removed.get(place):
            objects.append(seal_object(place, changed, removed.get(place, ())))
    made = summarize(patient, units, gone, base, known.summaries) if objects else None
    if made is not None:
        incoming = Incoming(made.reference, SUMMARY, made.raw, made.exact)
        objects.append(seal_object(SUMMARY, [incoming], ()))
    taken = sum(map(len, units.values()))
    summary, person = made.raw if made else None, _person(patient, units, before)
    return Prepared(patient, base, tuple(objects), taken, summary, person)


def _person(patient: str, units: Units, before: Digests) -> bytes | None:
    """The Patient resource itself, when it is new or changed."""
    for place, mine in units.items():
        found = mine.get(patient)
        if found and before.get((patient, place.section)) != (place.kind, _digest(found)):
            return found.raw
    return None


def _digest(found: Found) -> bytes:
    return sha256(found.raw).digest()


def _removed(units: Units, gone: set[str], before: Digests) -> dict[Place, list[str]]:
    """What was deleted, and what moved to another unit."""
    now = {
        each.reference: place
        for place, mine in units.items()
        for each in mine.values()
        if each.type not in KEEPING_OF
    }
    removed: dict[Place, list[str]] = {}
    for (reference, section), (kind, _) in before.items():
        place = Place(section, kind)
        if reference in gone or now.get(reference, place) != place:
            removed.setdefault(place, []).append(reference)
    return removed
