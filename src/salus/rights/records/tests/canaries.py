"""Somebody with something planted wherever FHIR has room, and the search for it in a release."""

import base64
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from salus.kernel.canonical import parse
from salus.rights.records.deidentify.profile import field_of, load
from salus.rights.records.deidentify.reading import Source, Sources, sources_of
from salus.rights.records.deidentify.service import Released, deidentify

SECRET, TODAY = b"\x07" * 32, date(2026, 1, 5)
LOINC = {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]}


def sources(*resources: dict[str, Any]) -> Sources:
    """Parsed as from a file."""
    return sources_of(
        Source(f"{each['resourceType']}/{each['id']}", parse(json.dumps(each).encode()))
        for each in resources
    )


def release(
    profile: str, *resources: dict[str, Any], secret: bytes = SECRET, quasi: tuple[str, ...] = ()
) -> Released:
    fields = [field_of({"at": each}) for each in quasi]
    return deidentify(
        sources(*resources), load(profile), "own", secret=secret, today=TODAY, fields=fields
    )


def lines(made: Released) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.lines]


NAMES = ("Quillfeather", "Marigold", "欧阳翠翠")
NUMBERS = ("MRN-77341-QX", "510000198502309876")
PHONES = ("+44 20 7946 0999", "13987654321")
DAYS = ("1985-02-23", "2019-07-17")
PLACES = ("17 Umbrella Court", "98221", "彩虹街 88 号")
MAILS = ("marigold@quillfeather.example",)
CANARIES = (*NAMES, *NUMBERS, *PHONES, *DAYS, *PLACES, *MAILS)


def everything() -> str:
    return " / ".join(CANARIES)


def archives(text: str) -> dict[str, bytes]:
    raw, zipped = text.encode(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAMES[0]}.txt", raw)
    return {
        "gzip": gzip.compress(raw, mtime=0),
        "zip": zipped.getvalue(),
        "xz": lzma.compress(raw),
        "plain": raw,
        "utf16": text.encode("utf-16"),
    }


def planted(number: int) -> list[dict[str, Any]]:
    """A person with canaries wherever FHIR has room for a text, a date or a number."""
    return [_patient(number), _observation(number), _report(number), _document(number)]


def _me(number: int) -> dict[str, Any]:
    return {"reference": f"Patient/{NAMES[0]}-{number}", "display": NAMES[0]}


def _text() -> dict[str, Any]:
    return {"status": "generated", "div": f"<div>{everything()}</div>"}


def _files() -> list[dict[str, Any]]:
    return [
        {"contentType": "text/plain", "data": base64.b64encode(raw).decode(), "title": name}
        for name, raw in archives(everything()).items()
    ]


def _extension() -> list[dict[str, Any]]:
    return [
        {"url": f"http://example.org/{NAMES[1]}", "valueString": everything()},
        {"url": "http://example.org/file", "valueAttachment": _files()[0]},
    ]


def _name() -> dict[str, Any]:
    return {"family": NAMES[0], "given": [NAMES[1]], "text": NAMES[2], "extension": _extension()}


def _number() -> dict[str, Any]:
    return {
        "system": "urn:example:mrn",
        "value": NUMBERS[0],
        "assigner": {"display": NAMES[1]},
    }


def _address() -> dict[str, Any]:
    return {
        "line": [PLACES[0], PLACES[2]],
        "text": everything(),
        "city": NAMES[1],
        "district": PLACES[2],
        "state": "WA",
        "postalCode": PLACES[1],
        "country": "US",
    }


def _contact() -> dict[str, Any]:
    return {"name": _name(), "telecom": [{"system": "phone", "value": PHONES[0]}]}


def _patient(number: int) -> dict[str, Any]:
    return _named(number) | _described()


def _named(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": f"{NAMES[0]}-{number}",
        "meta": {"source": everything(), "tag": [{"system": "x", "code": NAMES[0]}]},
        "implicitRules": f"http://example.org/{NAMES[0]}",
        "text": _text(),
        "contained": [{"resourceType": "Patient", "id": "c", "name": [_name()]}],
        "extension": _extension(),
        "modifierExtension": _extension(),
        "identifier": [_number(), {"value": NUMBERS[1]}],
        "active": True,
        "name": [_name()],
        "telecom": [
            {"system": "phone", "value": PHONES[1]},
            {"system": "email", "value": MAILS[0]},
        ],
    }


def _described() -> dict[str, Any]:
    return {
        "gender": "female",
        "_gender": {"extension": _extension()},
        "birthDate": DAYS[0],
        "_birthDate": {"id": NAMES[0], "extension": _extension()},
        "address": [_address()],
        "maritalStatus": {"text": everything(), "coding": [{"code": NAMES[0], "system": NAMES[1]}]},
        "photo": _files(),
        "contact": [_contact()],
        "communication": [{"language": {"text": everything()}}],
        "generalPractitioner": [{"display": NAMES[1], "identifier": _number()}],
        "managingOrganization": {"reference": f"Organization/{NAMES[0]}"},
    }


def _observation(number: int) -> dict[str, Any]:
    return _measured(number) | _remarked()


def _measured(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"{NUMBERS[0]}-{number}",
        "text": _text(),
        "identifier": [_number()],
        "status": "final",
        "code": {
            "text": everything(),
            "coding": [
                {**LOINC["coding"][0], "display": everything(), "version": NAMES[1]},
                {"system": "http://loinc.org", "code": NAMES[0] + " " + NAMES[1]},
                {"system": "urn:example:own", "code": NAMES[0]},
            ],
        },
        "subject": {**_me(number), "identifier": _number()},
        "performer": [{"reference": f"Practitioner/{NAMES[1]}", "display": NAMES[1]}],
        "effectiveDateTime": f"{DAYS[1]}T08:30:00+01:00",
        "issued": f"{DAYS[1]}T08:30:00.123+01:00",
        "valueQuantity": {
            "value": 13987654321,
            "unit": NAMES[0],
            "code": NAMES[0],
            "system": everything(),
        },
    }


def _remarked() -> dict[str, Any]:
    return {
        "note": [{"text": everything(), "authorString": NAMES[1], "time": f"{DAYS[1]}T10:00:00Z"}],
        "method": {"text": everything()},
        "component": [
            {"code": {"text": NAMES[0]}, "valueString": everything()},
            {"code": LOINC, "valueInteger": 13987654321},
            {"code": LOINC, "valueDateTime": DAYS[1]},
            {"code": LOINC, "valueSampledData": {"data": everything(), "period": 1}},
            {"code": LOINC, "valueRange": {"low": {"value": 1, "unit": everything()}}},
        ],
        "referenceRange": [{"text": everything()}],
        "anything": everything(),
    }


def _report(number: int) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": f"r{number}",
        "status": "final",
        "code": LOINC,
        "subject": _me(number),
        "result": [{"reference": f"Observation/{NUMBERS[0]}-{number}", "display": NAMES[0]}],
        "conclusion": everything(),
        "presentedForm": _files(),
        "media": [{"comment": everything(), "link": {"reference": f"Media/{NAMES[0]}"}}],
    }


def _document(number: int) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": NAMES[0],
        "status": "current",
        "subject": _me(number),
        "content": [{"attachment": each} for each in _files()],
    }


def needles(text: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which a text may stand somewhere."""
    raw = text.encode()
    yield "raw", raw
    yield "escaped", json.dumps(text)[1:-1].encode()
    yield "folded", text.lower().encode()
    yield "digits", "".join(filter(str.isalnum, text)).encode()
    for name in ("utf-16-le", "utf-16-be"):
        yield name, text.encode(name)
    yield "hex", raw.hex().encode()
    for lead in range(3):
        for coded in (base64.b64encode, base64.urlsafe_b64encode):
            whole = coded(b"\0" * lead + raw)
            middle = whole[4 if lead else 0 : -4 if (lead + len(raw)) % 3 else None]
            if len(middle) >= 8:  # shorter ones are there by chance
                yield f"base64 at {lead}", middle


def found(content: bytes, canaries: tuple[str, ...]) -> list[tuple[str, str]]:
    lowered = content.lower()
    return [
        (canary, form)
        for canary in canaries
        for form, needle in needles(canary)
        if needle in content or (form == "folded" and needle in lowered)
    ]


def archived(content: bytes) -> bool:
    """Whether anything is there that could be an archive, as it is or in base64."""
    signs = [each[:4] for name, each in archives("x").items() if name in {"gzip", "zip", "xz"}]
    return any(sign in content or base64.b64encode(sign)[:5] in content for sign in signs)
