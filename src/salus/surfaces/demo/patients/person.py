"""The patient, and the chart that begins with that page."""

from html import escape

from salus.surfaces.demo.patients.chance import Chance, decimal
from salus.surfaces.demo.patients.chart import (
    EXTENSION,
    HL7,
    XHTML,
    Chart,
    Pointer,
    Resource,
    Site,
    code,
    concept,
)
from salus.surfaces.demo.patients.names import MIDDLE, ORIGINS, Origin

_RECORD_NUMBER = concept(HL7 + "v2-0203", "MR", "Medical record number")


def open_chart(name: str, *, pointer: Pointer, site: Site, marker: str | None) -> Chart:
    """A new chart with the patient on its first page; `marker` becomes the name on every page."""
    chance = Chance(name)
    origin = chance.pick(ORIGINS)
    is_female = chance.often(50)
    family = marker or chance.pick(origin.family)
    given = chance.pick(origin.female if is_female else origin.male)
    chart = Chart(
        chance=chance,
        pointer=pointer,
        zone=origin.zone,
        height=chance.between(1520, 1960),
        weight=chance.between(510, 1080),
        name=family + given if origin.family_first else f"{given} {family}",
    )
    members = _members(chart, origin, site)
    members["name"] = _names(chance, family, given)
    members["gender"] = "female" if is_female else "male"
    chart.subject = chart.add("Patient", members)
    if marker:
        chart.subject["display"] = chart.name
    return chart


def _members(chart: Chart, origin: Origin, site: Site) -> Resource:
    chance = chart.chance
    born = f"{chance.between(1938, 2004)}-{chance.between(1, 12):02}-{chance.between(1, 28):02}"
    number = f"{chance.between(10**7, 10**8 - 1)}"
    phone = f"+00 555 02{chance.between(10, 99)}"
    tongue = concept("urn:ietf:bcp:47", *origin.language)
    return {
        "text": {
            "status": "generated",
            "div": f'<div xmlns="{XHTML}"><p>{escape(chart.name)}, <b>{born}</b></p></div>',
        },
        "identifier": [{"type": _RECORD_NUMBER, "system": "urn:salus:demo:chart", "value": number}],
        "telecom": [{"system": "phone", "value": phone, "use": "home"}],
        "birthDate": born,
        "_birthDate": {
            "extension": [
                {
                    "url": EXTENSION + "patient-birthTime",
                    "valueDateTime": f"{born}T06:{chance.between(10, 59)}:00{origin.zone}",
                }
            ]
        },
        "deceasedBoolean": False,
        "address": [_address(chance, origin)],
        "maritalStatus": code("v3-MaritalStatus", chance.pick("MSDW")),
        "communication": [{"language": tongue, "preferred": True}],
        "generalPractitioner": [site.practitioner],
        "managingOrganization": site.organization,
    }


def _names(chance: Chance, family: str, given: str) -> list[Resource]:
    """An official name; some have a middle name, told apart by an extension of a primitive."""
    if chance.often(50):
        return [{"use": "official", "family": family, "given": [given]}]
    middle = {"extension": [{"url": EXTENSION + "iso21090-EN-qualifier", "valueCode": "MID"}]}
    return [
        {
            "use": "official",
            "family": family,
            "given": [given, chance.pick(MIDDLE)],
            "_given": [None, middle],
        }
    ]


def _address(chance: Chance, origin: Origin) -> Resource:
    city, postal, country = chance.pick(origin.cities)
    place = [
        {"url": "latitude", "valueDecimal": decimal(chance.between(300, 600) * 1000, 4)},
        {"url": "longitude", "valueDecimal": decimal(chance.between(-900, 1200) * 1000, 4)},
    ]
    return {
        "extension": [{"url": EXTENSION + "geolocation", "extension": place}],
        "use": "home",
        "line": [chance.pick(origin.streets).format(number=chance.between(1, 199))],
        "city": city,
        "postalCode": postal,
        "country": country,
    }
