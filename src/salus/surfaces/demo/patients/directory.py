"""Hospitals and the people who work there: the same for every patient."""

from functools import cache

from salus.surfaces.demo.patients.chance import Chance, decimal
from salus.surfaces.demo.patients.chart import HL7, Pointer, Reference, Resource, Site, concept
from salus.surfaces.demo.patients.names import HOSPITALS, ORIGINS, Origin

_PROVIDER = concept(HL7 + "organization-type", "prov", "Healthcare provider")
_PRACTICE = concept("http://nucc.org/provider-taxonomy", "208D00000X", "General practice")
_NUMBERS = "http://hl7.org/fhir/sid/us-npi"


@cache
def sites(pointer: Pointer) -> tuple[Site, ...]:
    """Every hospital; `pointer` says how resources name one another."""
    return tuple(
        _site(Chance(f"salus/site/{number}"), pointer, name, ORIGINS[origin])
        for number, (name, origin) in enumerate(HOSPITALS)
    )


def _site(chance: Chance, pointer: Pointer, name: str, origin: Origin) -> Site:
    ids = {
        kind: chance.uuid()
        for kind in ("Organization", "Location", "Practitioner", "PractitionerRole")
    }
    named = {kind: {"reference": pointer(kind, each)} for kind, each in ids.items()}
    city, postal, country = chance.pick(origin.cities)
    street = chance.pick(origin.streets).format(number=chance.between(1, 199))
    address = {"line": [street], "city": city, "postalCode": postal, "country": country}
    telecom = [{"system": "phone", "value": f"+00 555 01{chance.between(10, 99)}"}]
    resources = (
        _organization(name, address, telecom),
        _location(chance, name, address, named["Organization"]),
        _practitioner(chance, origin),
        _role(named),
    )
    identified = zip(ids.items(), resources, strict=True)
    return Site(
        organization={**named["Organization"], "display": name},
        location={**named["Location"], "display": name},
        practitioner=named["Practitioner"],
        resources=tuple({"resourceType": kind, "id": each, **m} for (kind, each), m in identified),
    )


def _organization(name: str, address: Resource, telecom: list[Resource]) -> Resource:
    return {
        "active": True,
        "type": [_PROVIDER],
        "name": name,
        "telecom": telecom,
        "address": [address],
    }


def _location(chance: Chance, name: str, address: Resource, owner: Reference) -> Resource:
    return {
        "status": "active",
        "name": name,
        "address": address,
        "position": {
            "longitude": decimal(chance.between(-900, 1200) * 1000, 4),
            "latitude": decimal(chance.between(300, 600) * 100, 3),
        },
        "managingOrganization": owner,
    }


def _practitioner(chance: Chance, origin: Origin) -> Resource:
    is_female = chance.often(50)
    given = chance.pick(origin.female if is_female else origin.male)
    return {
        "identifier": [{"system": _NUMBERS, "value": f"9{chance.between(10**8, 10**9 - 1)}"}],
        "active": True,
        "name": [{"family": chance.pick(origin.family), "given": [given], "prefix": ["Dr."]}],
        "gender": "female" if is_female else "male",
    }


def _role(named: dict[str, Reference]) -> Resource:
    return {
        "practitioner": named["Practitioner"],
        "organization": named["Organization"],
        "code": [_PRACTICE],
        "location": [named["Location"]],
    }
