"""What of a Patient resource is compared, in the form in which it is compared. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from salus.rights.identity.matching.lunar import lunar_day
from salus.rights.identity.matching.names import Name, fold, is_han, named, whole

MOST: Final = 4
"""Names, phones and addresses of one person that are looked at, which bounds every comparison."""
_UNIQUE: Final = frozenset({"NI", "SS", "PPN", "JHN", "CZ", "SB", "NH", "HC"})
"""Codes of HL7 v2 table 0203 for numbers of which a person has one in each system."""
_DIGITS: Final = re.compile(r"\d+")
_RUNS: Final = re.compile(r"[\u3400-\u9fff]+|[a-z]+|\d+")
_SEXES: Final = frozenset({"male", "female"})


@dataclass(frozen=True, slots=True)
class Address:
    """`tokens` are the words of an address, its numbers, and pairs of Chinese characters."""

    tokens: tuple[str, ...]
    postal: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """`is_unique` is 1 for a number of which a person has only one in this system."""

    system: str
    value: str
    is_unique: int


@dataclass(frozen=True, slots=True)
class Person:
    """`birth` and `lunar` are whole days or empty; `is_multiple` is 1 for a twin or a triplet."""

    names: tuple[Name, ...]
    birth: str
    lunar: str
    sex: str
    phones: tuple[str, ...]
    addresses: tuple[Address, ...]
    identifiers: tuple[Identifier, ...]
    is_multiple: int


def person_of(patient: Mapping[str, Any]) -> Person:
    """From a FHIR R4 Patient; what is not there or not whole stays empty."""
    names = tuple(dict.fromkeys(_names(_listed(patient, "name"))))[:MOST]
    birth = _day(patient.get("birthDate"))
    return Person(
        names=names,
        birth=birth,
        lunar=lunar_day(birth) if birth and any(each.is_han for each in names) else "",
        sex=patient["gender"] if patient.get("gender") in _SEXES else "",
        phones=tuple(dict.fromkeys(_phones(_listed(patient, "telecom"))))[:MOST],
        addresses=tuple(map(_address, _listed(patient, "address")))[:MOST],
        identifiers=tuple(sorted(_identifiers(_listed(patient, "identifier")), key=_in_order)),
        is_multiple=int(_is_multiple(patient)),
    )


def _listed(patient: Mapping[str, Any], member: str) -> list[dict[str, Any]]:
    found = patient.get(member)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _names(names: Iterable[dict[str, Any]]) -> Iterator[Name]:
    for each in names:
        given = [part for part in each.get("given", ()) if isinstance(part, str)]
        if each.get("family") or given:
            yield named(str(each.get("family", "")), given[0] if given else "")
        elif each.get("text"):
            yield whole(str(each["text"]))


def _day(text: object) -> str:
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else ""
    except ValueError:  # a year or a month alone
        return ""


def _phones(telecom: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The last ten digits: what is before them is written in many ways."""
    for each in telecom:
        digits = "".join(_DIGITS.findall(str(each.get("value", ""))))
        if each.get("system") in {"phone", "sms"} and len(digits) >= 7:
            yield digits[-10:]


def _address(address: dict[str, Any]) -> Address:
    parts = [*address.get("line", ()), address.get("district"), address.get("city")]
    text = " ".join(part for part in parts if isinstance(part, str))
    return Address(tuple(sorted(set(_tokens(text)))), fold(str(address.get("postalCode", ""))))


def _tokens(text: str) -> Iterator[str]:
    spaced = " ".join(map(fold, re.split(r"[\s,.;/#-]+", text)))
    for run in _RUNS.findall(spaced):
        if is_han(run) and len(run) > 1:
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run


def _identifiers(identifiers: Iterable[dict[str, Any]]) -> Iterator[Identifier]:
    for each in identifiers:
        system, value = each.get("system"), fold(str(each.get("value", "")))
        if isinstance(system, str) and value and each.get("use") not in {"old", "temp"}:
            codings = each.get("type", {}).get("coding", ())
            is_unique = any(coding.get("code") in _UNIQUE for coding in codings)
            yield Identifier(system, value, int(is_unique))


def _in_order(each: Identifier) -> tuple[str, str, int]:
    return each.system, each.value, each.is_unique


def _is_multiple(patient: Mapping[str, Any]) -> bool:
    """`multipleBirthInteger` names the place among the twins; `true` says there were others."""
    order = patient.get("multipleBirthInteger")
    return patient.get("multipleBirthBoolean") is True or order is not None
