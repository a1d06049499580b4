"""The chart of one patient while it is written, and the small shapes that FHIR repeats."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from salus.surfaces.demo.patients.chance import Chance

Resource = dict[str, Any]
Reference = dict[str, str]
Pointer = Callable[[str, str], str]

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
UCUM: Final = "http://unitsofmeasure.org"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"
EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
XHTML: Final = "http://www.w3.org/1999/xhtml"


def concept(system: str, code: str, display: str) -> Resource:
    """A CodeableConcept with one coding and its text."""
    return {
        "coding": [{"system": system, "code": code, "display": display}],
        "text": display,
    }


def code(system: str, value: str) -> Resource:
    """A CodeableConcept of one HL7 code that needs no words."""
    return {"coding": [{"system": HL7 + system, "code": value}]}


def quantity(value: Any, unit: str) -> Resource:
    """A Quantity in a UCUM unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def by_uuid(_kind: str, name: str) -> str:
    """How resources of one transaction name one another."""
    return "urn:uuid:" + name


def by_type(kind: str, name: str) -> str:
    """How resources of an NDJSON file name one another."""
    return f"{kind}/{name}"


def moment(minute: int, zone: str) -> str:
    """A FHIR dateTime, from minutes since 0001-01-01 on a local clock."""
    day, minutes = divmod(minute, 1440)
    hour, rest = divmod(minutes, 60)
    return f"{date.fromordinal(day + 1).isoformat()}T{hour:02}:{rest:02}:00{zone}"


@dataclass(frozen=True, slots=True)
class Site:
    """A hospital as the charts name it."""

    organization: Reference
    location: Reference
    practitioner: Reference
    resources: tuple[Resource, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter, as everything that happened in it names it."""

    encounter: Reference
    site: Site
    start: str
    end: str

    @property
    def day(self) -> str:
        return self.start[:10]


@dataclass(slots=True)
class Chart:
    """What has been written about one patient so far."""

    chance: Chance
    pointer: Pointer
    zone: str
    height: int  # tenths of a centimeter
    weight: int  # tenths of a kilogram
    name: str
    subject: Reference = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    problems: list[tuple[Resource, Reference]] = field(default_factory=list)

    def add(self, kind: str, members: Resource) -> Reference:
        """Write a resource and say how others name it."""
        name = self.chance.uuid()
        self.resources.append({"resourceType": kind, "id": name, **members})
        return {"reference": self.pointer(kind, name)}
