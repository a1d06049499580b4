"""Medications: one row for each dosage of what was ordered, taken, given or handed out."""

from collections.abc import Iterator, Mapping

from salus.rights.records.formats.rows import (
    Cell,
    Coded,
    Column,
    Resource,
    Row,
    Table,
    coded,
    each,
    moment,
    table,
)

COLUMNS = (
    Column("resource", "what it is written in, as `Type/id`"),
    Column("kind", "`request`, `statement`, `administration` or `dispense`"),
    Column("status", "`active`, `completed`, `entered-in-error` and the like"),
    Column("code_system", "where the code is from, such as RxNorm"),
    Column("code", "the medication"),
    Column("display", "the same in words"),
    Column("start", "when it was ordered, begun, given or handed out, as it was written"),
    Column("end", "until when, where that is said"),
    Column("dose", "how much at once", is_number=True),
    Column("dose_written", "the same as it was written, to its last digit"),
    Column("dose_unit", "the unit of it"),
    Column("frequency", "how often in a period", is_number=True),
    Column("period", "the length of that period", is_number=True),
    Column("period_unit", "`h`, `d`, `wk` and the like"),
    Column("as_needed", "`true` where it is taken when needed"),
    Column("route", "by mouth and the like"),
    Column("dosage", "the dosage in words"),
)
_KINDS = {
    "MedicationRequest": "request",
    "MedicationStatement": "statement",
    "MedicationAdministration": "administration",
    "MedicationDispense": "dispense",
}


def medications(resources: Mapping[str, bytes]) -> Table:
    return table(COLUMNS, _rows(resources))


def _rows(resources: Mapping[str, bytes]) -> Iterator[Row]:
    for name, found in each(resources, _KINDS):
        for dosage in _dosages(found):
            yield _row(name, found, dosage)


def _dosages(found: Resource) -> list[Resource]:
    given = found.get("dosageInstruction") or found.get("dosage") or [{}]
    return given if isinstance(given, list) else [given]


def _row(name: str, found: Resource, dosage: Resource) -> Row:
    what = _medication(found)
    start, end = _times(found)
    dose = _dose(dosage)
    repeat = dosage.get("timing", {}).get("repeat", {})
    route = coded(dosage.get("route"))
    return (
        name,
        _KINDS[name.partition("/")[0]],
        found.get("status"),
        what.system,
        what.code,
        what.display,
        start,
        end,
        dose.get("value"),
        dose.get("value"),
        dose.get("unit") or dose.get("code"),
        repeat.get("frequency"),
        repeat.get("period"),
        repeat.get("periodUnit"),
        _as_needed(dosage),
        route.display or route.code,
        dosage.get("text"),
    )


def _medication(found: Resource) -> Coded:
    """Its own concept, that of what it contains, or the words of what it refers to."""
    if "medicationCodeableConcept" in found:
        return coded(found["medicationCodeableConcept"])
    named = found.get("medicationReference", {})
    for inner in found.get("contained", ()):
        if named.get("reference") == f"#{inner.get('id')}":
            return coded(inner.get("code"))
    return Coded(display=named.get("display"))


def _times(found: Resource) -> tuple[Cell, Cell]:
    start, end = moment(found, "effective")
    given = start or found.get("authoredOn") or found.get("whenHandedOver")
    return given or found.get("whenPrepared") or found.get("dateAsserted"), end


def _dose(dosage: Resource) -> Resource:
    """Of an order the first dose, of what was given the dose itself."""
    own = dosage.get("dose")
    if isinstance(own, dict):
        return own
    first: Resource = next(iter(dosage.get("doseAndRate", ())), {})
    quantity: Resource = first.get("doseQuantity", {})
    return quantity


def _as_needed(dosage: Resource) -> Cell:
    if "asNeededBoolean" in dosage:
        return "true" if dosage["asNeededBoolean"] else "false"
    return "true" if "asNeededCodeableConcept" in dosage else None
