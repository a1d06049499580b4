"""A resource as people read it: when, what, how much. Pure; it works on any valid R4 resource."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salus.rights.records.formats.rows import coded, read

Json = dict[str, Any]
_WHEN = tuple(
    """effectiveDateTime effectiveInstant effectivePeriod performedDateTime performedPeriod
    occurrenceDateTime occurrencePeriod onsetDateTime onsetPeriod authoredOn whenHandedOver
    dateWritten started date recordedDate issued created period billablePeriod birthDate
    authored receivedTime""".split()  # noqa: SIM905 - a list of names reads better in lines
)
_WHAT = (
    *("code", "vaccineCode", "medicationCodeableConcept", "type", "serviceType", "category"),
    *("description", "title", "class", "reasonCode"),
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KINDS = {"Patient": "name", "RelatedPerson": "name", "Practitioner": "name"}


@dataclass(frozen=True, slots=True)
class Amount:
    """A measured value as it was written, its unit, and what is usual; empty where not said."""

    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""

    @property
    def number(self) -> float | None:
        return _number(self.value)

    @property
    def usual(self) -> tuple[float | None, float | None]:
        return _number(self.low), _number(self.high)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record. `at` is as the source wrote it, from a year to an instant."""

    reference: str
    section: int
    at: str
    what: str
    code: str
    amount: Amount
    words: str
    status: str

    @property
    def kind(self) -> str:
        return self.reference.partition("/")[0]

    @property
    def day(self) -> str:
        return self.at[:10]


def entry(reference: str, section: int, raw: bytes) -> Entry:
    """A line for a resource whose bytes were checked."""
    resource = read(raw)
    what = _what(resource)
    return Entry(
        reference,
        section,
        _when(resource),
        what[0],
        what[1],
        _amount(resource),
        _words(resource),
        str(resource.get("status", "")),
    )


def _when(resource: Json) -> str:
    for name in _WHEN:
        found = resource.get(name)
        if isinstance(found, str):
            return found
        if isinstance(found, dict) and (start := found.get("start") or found.get("end")):
            return str(start)
    return ""


def _what(resource: Json) -> tuple[str, str]:
    """Words and code."""
    if resource["resourceType"] in _KINDS:
        return _person(resource), ""
    for name in _WHAT:
        found = resource.get(name)
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, str):
                return each, ""
            if isinstance(each, dict):
                known = coded(each) if "coding" in each or "text" in each else None
                words = (known.display or known.code) if known else each.get("display")
                if words:
                    code = known.code if known else each.get("code")
                    return words, f"{(known.system if known else '') or ''}|{code or ''}"
    return resource["resourceType"], ""


def _person(resource: Json) -> str:
    name: Json = next(iter(resource.get("name", ())), {})
    family, given = str(name.get("family", "")), list(name.get("given", ()))
    if _HAN.search(family):  # the family first, and nothing between
        said = "".join((family, *given))
    else:
        said = " ".join(filter(None, (*given, family)))
    return str(name.get("text") or said or resource["resourceType"])


def _amount(part: Json) -> Amount:
    quantity = part.get("valueQuantity")
    usual: Json = next(iter(part.get("referenceRange", ())), {})
    if not quantity or "value" not in quantity:
        return Amount()
    return Amount(
        f"{quantity.get('comparator', '')}{quantity['value']}",
        quantity.get("unit") or quantity.get("code") or "",
        usual.get("low", {}).get("value", ""),
        usual.get("high", {}).get("value", ""),
    )


def _words(resource: Json) -> str:
    """What there is to say beside a number: values in words, components, doses, notes."""
    return "; ".join(dict.fromkeys(filter(None, _sayings(resource))))


def _sayings(resource: Json) -> Iterator[str]:
    for key in ("valueCodeableConcept", "clinicalStatus", "outcome"):
        if isinstance(resource.get(key), dict):
            known = coded(resource[key])
            yield known.display or known.code or ""
    for key in ("valueString", "valueInteger", "valueDateTime", "valueTime", "conclusion"):
        yield str(resource.get(key, ""))
    if isinstance(resource.get("valueBoolean"), bool):
        yield "✓" if resource["valueBoolean"] else "✗"
    for part in resource.get("component", ()):
        what, amount = coded(part.get("code")), _amount(part)
        value = (
            f"{amount.value} {amount.unit}".strip()
            or coded(part.get("valueCodeableConcept")).display
        )
        yield f"{what.display or what.code}: {value or ''}"
    for dose in (*resource.get("dosageInstruction", ()), *resource.get("dosage", ())):
        yield str(dose.get("text", ""))
    for reaction in resource.get("reaction", ()):
        for each in reaction.get("manifestation", ()):
            yield coded(each).display or ""
    for note in resource.get("note", ()) if isinstance(resource.get("note"), list) else ():
        yield str(note.get("text", ""))


def entries(section: int, resources: Mapping[str, bytes]) -> list[Entry]:
    """The lines of a section, newest first; what has no time comes last."""
    found = [entry(name, section, raw) for name, raw in resources.items()]
    return sorted(found, key=lambda each: (each.at, each.reference), reverse=True)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
