"""An emergency summary in short lines, as they fit on a card. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
LONGEST = 120  # characters of a line
UNNAMED = "?"  # an allergy of which only that it is there was written must still be seen


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: `kind` is one of KINDS, `text` as the source wrote it."""

    kind: str
    text: str


KINDS = (
    "name",
    "born",
    "sex",
    "language",
    "blood",
    "allergy",
    "medication",
    "problem",
    "device",
    "contact",
)
"""In the order in which a helper wants to know them."""


def lines_of(document: Json) -> tuple[Line, ...]:
    """The lines of a summary, each once, in the order of their kinds."""
    resources = [entry["resource"] for entry in document["entry"][1:]]
    named = {f"{each['resourceType']}/{each['id']}": each for each in resources}
    found = dict.fromkeys(
        Line(kind, text[:LONGEST])
        for each in resources
        for kind, text in _told(each, named)
        if text
    )
    return tuple(sorted(found, key=lambda line: KINDS.index(line.kind)))


def _told(resource: Json, named: dict[str, Json]) -> Iterable[tuple[str, str]]:
    match resource["resourceType"]:
        case "Patient":
            yield from _person(resource)
        case "RelatedPerson":
            yield "contact", _contact(resource, _first_name(resource))
        case "AllergyIntolerance":
            yield "allergy", _allergy(resource) or UNNAMED
        case "Condition":
            yield "problem", _concept(resource.get("code")) or UNNAMED
        case "MedicationRequest" | "MedicationStatement":
            yield "medication", _medication(resource, named) or UNNAMED
        case "Device":
            yield "device", _device(resource)
        case "Observation":
            yield "blood", _value(resource)


def _person(patient: Json) -> Iterable[tuple[str, str]]:
    yield "name", _first_name(patient)
    yield "born", str(patient.get("birthDate", ""))
    yield "sex", str(patient.get("gender", ""))
    for each in patient.get("communication", ()):
        yield "language", _concept(each.get("language"))
    for each in patient.get("contact", ()):
        yield "contact", _contact(each, _name(each.get("name")))


def _first_name(person: Json) -> str:
    return _name(next(iter(person.get("name", ())), None))


def _name(name: Json | None) -> str:
    if not name:
        return ""
    parts = [*name.get("given", ()), name.get("family", "")]
    return str(name.get("text") or " ".join(filter(None, parts)))


def _contact(person: Json, name: str) -> str:
    relation = next((_concept(each) for each in person.get("relationship", ())), "")
    number = next((each.get("value", "") for each in person.get("telecom", ())), "")
    return ", ".join(filter(None, (name, relation, number)))


def _allergy(resource: Json) -> str:
    reactions = (
        _concept(manifestation)
        for reaction in resource.get("reaction", ())
        for manifestation in reaction.get("manifestation", ())
    )
    what = _concept(resource.get("code"))
    risk = "high risk" if resource.get("criticality") == "high" else ""
    return ", ".join(filter(None, (what, risk, *reactions)))


def _medication(resource: Json, named: dict[str, Json]) -> str:
    reference = resource.get("medicationReference", {})
    target = named.get(reference.get("reference", ""), {})
    concept = resource.get("medicationCodeableConcept") or target.get("code")
    what = _concept(concept) or str(reference.get("display", ""))
    doses = [*resource.get("dosageInstruction", ()), *resource.get("dosage", ())]
    dose = next((each["text"] for each in doses if each.get("text")), "")
    return ", ".join(filter(None, (what, dose)))


def _device(resource: Json) -> str:
    name = next((each["name"] for each in resource.get("deviceName", ())), "")
    return name or _concept(resource.get("type"))


def _value(resource: Json) -> str:
    value = _concept(resource.get("valueCodeableConcept")) or resource.get("valueString", "")
    at = str(resource.get("effectiveDateTime", ""))[:10]
    return f"{value} ({at})" if value and at else str(value)


def _concept(concept: Json | None) -> str:
    """As people read it: the text, else a display, else a code."""
    if not concept:
        return ""
    codings = concept.get("coding", ())
    shown = [each[name] for name in ("display", "code") for each in codings if name in each]
    return str(concept.get("text") or next(iter(shown), ""))
