"""Laboratory values and vital signs: one row for each value, those of components beside it."""

from collections.abc import Iterator, Mapping

from salus.rights.records.formats.rows import (
    Cell,
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
    Column("resource", "the Observation, as `Type/id`"),
    Column("component", "which of its components, from 1; empty for the value of its own"),
    Column("status", "`final`, `amended`, `entered-in-error` and the like"),
    Column("code_system", "where the code is from, such as http://loinc.org"),
    Column("code", "what was measured"),
    Column("display", "the same in words"),
    Column("effective", "when, as it was written"),
    Column("effective_end", "until when, where it took a time"),
    Column("comparator", "`<`, `<=`, `>=` or `>`, where the value is a bound"),
    Column("value", "a number", is_number=True),
    Column("written", "the same number as it was written, to its last digit"),
    Column("unit", "the unit in words"),
    Column("unit_code", "the unit in UCUM"),
    Column("text", "a value that is no number: words, a code, yes or no"),
    Column("absent", "why there is no value"),
    Column("interpretation", "`H`, `L`, `N` and the like"),
    Column("low", "the lower end of the usual range", is_number=True),
    Column("high", "the upper end of the usual range", is_number=True),
    Column("issued", "when it was made available"),
)


def observations(resources: Mapping[str, bytes]) -> Table:
    return table(COLUMNS, _rows(resources))


def _rows(resources: Mapping[str, bytes]) -> Iterator[Row]:
    for name, found in each(resources, ("Observation",)):
        components = found.get("component", ())
        if _has_value(found) or not components:
            yield _row(name, None, found, found)
        for number, component in enumerate(components, start=1):
            yield _row(name, str(number), found, component)


def _has_value(part: Resource) -> bool:
    return "dataAbsentReason" in part or any(key.startswith("value") for key in part)


def _row(name: str, number: Cell, whole: Resource, part: Resource) -> Row:
    what = coded(part.get("code"))
    start, end = moment(whole, "effective")
    quantity = part.get("valueQuantity", {})
    value = quantity.get("value", part.get("valueInteger"))
    low, high = _range(part)
    return (
        name,
        number,
        whole.get("status"),
        what.system,
        what.code,
        what.display,
        start,
        end,
        quantity.get("comparator"),
        value,
        value,
        quantity.get("unit"),
        quantity.get("code"),
        _words(part),
        coded(part.get("dataAbsentReason")).code,
        _interpretation(part),
        low,
        high,
        whole.get("issued"),
    )


def _range(part: Resource) -> tuple[Cell, Cell]:
    usual: Resource = next(iter(part.get("referenceRange", ())), {})
    return usual.get("low", {}).get("value"), usual.get("high", {}).get("value")


def _interpretation(part: Resource) -> Cell:
    return coded(next(iter(part.get("interpretation", ())), None)).code


def _words(part: Resource) -> Cell:
    """A value that is no number, in the form in which people write it."""
    if "valueCodeableConcept" in part:
        found = coded(part["valueCodeableConcept"])
        return found.display or found.code
    if "valueBoolean" in part:
        return "true" if part["valueBoolean"] else "false"
    for key in ("valueString", "valueDateTime", "valueTime"):
        if key in part:
            return str(part[key])
    return _pair(part, "valueRange", "low", "high", "..") or _pair(
        part, "valueRatio", "numerator", "denominator", ":"
    )


def _pair(part: Resource, key: str, first: str, second: str, between: str) -> Cell:
    found = part.get(key)
    if not found:
        return None
    values = (found.get(each_, {}).get("value", "") for each_ in (first, second))
    return between.join(values)
