"""The emergency summary: what a stranger must know of a patient at once. Pure.

A FHIR document with the sections of the International Patient Summary, made from the patient's own
resources. What is labeled restricted never enters it. The source keeps the last summary, so that a
later import which brings only what changed is joined to it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from salus.kernel.clock import stamp
from salus.rights.records.labels import is_restricted

Json = dict[str, Any]
Resources = Mapping[str, Json]
"""Resources by their reference `Type/id`."""

LOINC = "http://loinc.org"
PATIENT_SUMMARY = "60591-5"
BLOOD_GROUPS = {"882-1", "883-9", "10331-7"}  # ABO and Rh together, ABO, Rh
_EMPTY_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
_SECTIONS = (
    ("Allergies and intolerances", "48765-2", ("AllergyIntolerance",), True),
    ("Medication", "10160-0", ("MedicationRequest", "MedicationStatement"), True),
    ("Problems", "11450-4", ("Condition",), True),
    ("Medical devices", "46264-8", ("Device", "DeviceUseStatement"), False),
    ("Blood group", "30954-2", ("Observation",), False),
    ("Contacts", "", ("RelatedPerson",), False),
)
"""Title, LOINC code, types, and whether the International Patient Summary wants it even empty."""
_PERSONAL = {
    "Patient": {
        "name",
        "gender",
        "birthDate",
        "deceasedBoolean",
        "deceasedDateTime",
        "contact",
        "communication",
    },
    "RelatedPerson": {"active", "patient", "relationship", "name", "telecom"},
}
_DROPPED = {"text", "meta"}
_ENDED = {"resolved", "inactive", "remission"}
_WITHDRAWN = {"refuted", "entered-in-error"}


def summary(
    resources: Iterable[tuple[str, Json]],
    previous: Json | None,
    *,
    gone: Iterable[str],
    resolve: Callable[[str], str],
    at: datetime,
) -> Json | None:
    """The next summary, or None when it would say what the previous one said.

    resources: what came in, parsed, by `Type/id`. gone: references of what was deleted.
    resolve: a URL of the file as `Type/id`, anything else as it is.
    """
    before = _said(previous)
    now, medications = dict(before), {}
    for reference in gone:
        now.pop(reference, None)
    for reference, resource in resources:
        wanted = _WANTED.get(resource["resourceType"])
        if resource["resourceType"] == "Medication":
            medications[reference] = resource
        elif wanted is not None:
            now.pop(reference, None)
            if wanted(resource) and not is_restricted(resource):
                now[reference] = _copied(resource, reference, resolve)
    now = _with_medications(_newest_blood_groups(now), medications, resolve)
    return None if now == before else _document(now, previous, at)


def _said(previous: Json | None) -> dict[str, Json]:
    entries = previous["entry"][1:] if previous else ()
    return {
        f"{each['resource']['resourceType']}/{each['resource']['id']}": each["resource"]
        for each in entries
    }


# WHAT ENTERS


def _codes(concept: Json | None) -> set[str]:
    return {each["code"] for each in (concept or {}).get("coding", ()) if "code" in each}


def _holds(resource: Json) -> bool:
    """A problem or an allergy that is neither over nor withdrawn."""
    ended = _codes(resource.get("clinicalStatus")) & _ENDED
    withdrawn = _codes(resource.get("verificationStatus")) & _WITHDRAWN
    return not ended and not withdrawn


def _is_active(resource: Json) -> bool:
    return resource.get("status") == "active"


def _is_blood_group(resource: Json) -> bool:
    return bool(_group_of(resource)) and resource["status"] in {"final", "amended", "corrected"}


def _group_of(resource: Json) -> set[str]:
    return {
        each["code"]
        for each in resource["code"].get("coding", ())
        if each.get("code") in BLOOD_GROUPS and each.get("system") == LOINC
    }


_WANTED: dict[str, Callable[[Json], bool]] = {
    "Patient": lambda _: True,
    "RelatedPerson": lambda resource: resource.get("active") is not False,
    "AllergyIntolerance": _holds,
    "Condition": _holds,
    "MedicationRequest": _is_active,
    "MedicationStatement": _is_active,
    "Device": lambda resource: resource.get("status", "active") == "active",
    "DeviceUseStatement": _is_active,
    "Observation": _is_blood_group,
}
CLINICAL = frozenset({*_WANTED, "Medication"})
"""The types that a summary is made from."""


def may_enter(resource: Json) -> bool:
    """Whether a resource of such a type is wanted, so that the text of its numbers is needed."""
    wanted = _WANTED.get(resource["resourceType"])
    return wanted is None or wanted(resource)


def _newest_blood_groups(now: Resources) -> dict[str, Json]:
    """Of several results with one code the newest."""
    newest: dict[str, tuple[str, str]] = {}
    for reference, each in now.items():
        if each["resourceType"] == "Observation":
            at = (str(each.get("effectiveDateTime") or each.get("issued") or ""), reference)
            for code in _group_of(each):
                newest[code] = max(newest.get(code, ("", "")), at)
    kept = {reference for _, reference in newest.values()}
    return {
        reference: each
        for reference, each in now.items()
        if each["resourceType"] != "Observation" or reference in kept
    }


def _with_medications(
    now: Resources, found: Resources, resolve: Callable[[str], str]
) -> dict[str, Json]:
    """The resources that name a medication have it beside them; no other medication stays."""
    named = {
        each["medicationReference"]["reference"]
        for each in now.values()
        if "reference" in each.get("medicationReference", {})
    }
    kept = {
        reference: each
        for reference, each in now.items()
        if each["resourceType"] != "Medication" or reference in named
    }
    return kept | {
        reference: _copied(each, reference, resolve)
        for reference, each in found.items()
        if reference in named and not is_restricted(each)
    }


def _copied(resource: Json, reference: str, resolve: Callable[[str], str]) -> Json:
    """What of a resource goes into the summary, its references as `Type/id`."""
    kind, _, own = reference.partition("/")
    personal = _PERSONAL.get(kind)
    kept = {
        name: _resolved(value, resolve)
        for name, value in resource.items()
        if (name in personal if personal else name not in _DROPPED)
    }
    return {**kept, "resourceType": kind, "id": own}


def _resolved(value: Any, resolve: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            name: resolve(each)
            if name == "reference" and isinstance(each, str)
            else _resolved(each, resolve)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_resolved(each, resolve) for each in value]
    return value


# THE DOCUMENT


def _document(now: Resources, previous: Json | None, at: datetime) -> Json:
    """Its ids are random, and stay over the versions of a record."""
    own = previous["id"] if previous else str(uuid4())
    composition = previous["entry"][0]["resource"]["id"] if previous else str(uuid4())
    ordered = sorted(now, key=lambda reference: (not reference.startswith("Patient/"), reference))
    resources = [_composition(composition, now, at), *(now[reference] for reference in ordered)]
    return {
        "resourceType": "Bundle",
        "id": own,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{UUID(own)}"},
        "type": "document",
        "timestamp": stamp(at),
        "entry": [{"fullUrl": _url(own, each), "resource": each} for each in resources],
    }


def _url(bundle: str, resource: Json) -> str:
    """References `Type/id` are resolved against it; nobody can be at this address (RFC 2606)."""
    return f"https://{bundle}.invalid/{resource['resourceType']}/{resource['id']}"


def _composition(own: str, now: Resources, at: datetime) -> Json:
    patient = next((each for each in now if each.startswith("Patient/")), None)
    subject = {"subject": {"reference": patient}} if patient else {}
    return {
        "resourceType": "Composition",
        "id": own,
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": PATIENT_SUMMARY}]},
        **subject,
        "date": stamp(at),
        "author": [{"type": "Device", "display": "Salus"}],
        "title": "Emergency summary",
        "section": list(_sections(now)),
    }


def _sections(now: Resources) -> Iterable[Json]:
    for title, code, kinds, is_required in _SECTIONS:
        mine = sorted(each for each in now if each.partition("/")[0] in kinds)
        coded = {"code": {"coding": [{"system": LOINC, "code": code}]}} if code else {}
        if mine:
            yield {"title": title, **coded, "entry": [{"reference": each} for each in mine]}
        elif is_required:
            yield {"title": title, **coded, **_unknown()}


def _unknown() -> Json:
    """Nothing here is not the same as nothing there is."""
    text = '<div xmlns="http://www.w3.org/1999/xhtml">This record says nothing of it.</div>'
    return {
        "text": {"status": "generated", "div": text},
        "emptyReason": {"coding": [{"system": _EMPTY_REASON, "code": "unavailable"}]},
    }
