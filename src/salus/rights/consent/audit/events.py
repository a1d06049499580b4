"""Lines of the audit as AuditEvents of FHIR R4, in the shape of IHE BALP for a patient read. Pure.

Source: Basic Audit Log Patterns 1.1, profile IHE.BasicAudit.PatientRead, which is for reads that
succeeded and names one unit in each event; emergencies carry DCM 110127.
"""

from collections.abc import Callable, Iterator
from typing import Any

from salus.kernel.clock import moment
from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY, Address
from salus.rights.consent.audit.accounting import recipient_of
from salus.rights.consent.audit.model import Entry, Outcome, Part
from salus.rights.records.sections import SECTIONS

Names = Callable[[Address], str]
"""What a member of the consortium, or an address, is called."""
_HL7 = "http://terminology.hl7.org/CodeSystem"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_BALP = "https://profiles.ihe.net/ITI/BALP"
_OUTCOMES = {Outcome.PERMITTED.value: "0", Outcome.REFUSED.value: "4", Outcome.FAILED.value: "8"}
_SALUS_PURPOSES = {"COMMERCIAL"}


def events(entry: Entry, names: Names) -> Iterator[dict[str, Any]]:
    """One event for each unit that an entry is about."""
    for number, part in enumerate(entry.parts, start=1):
        yield _event(entry, part, number, names)


def _event(entry: Entry, part: Part, number: int, names: Names) -> dict[str, Any]:
    is_read = entry.outcome == Outcome.PERMITTED.value
    profile = [f"{_BALP}/StructureDefinition/IHE.BasicAudit.PatientRead"]
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"{entry.id.hex()}-{number}",
        **({"meta": {"profile": profile}} if is_read else {}),
        "type": _coding(f"{_HL7}/audit-event-type", "rest", "Restful Operation"),
        "subtype": _subtypes(entry),
        "action": "R",
        "recorded": _instant(entry.at),
        "outcome": _OUTCOMES[entry.outcome],
        **({} if is_read else {"outcomeDesc": entry.basis.rule}),
        "purposeOfEvent": [_purpose(entry.purpose)],
        "agent": [_user(entry, names), _client(entry), _server(entry, names)],
        "source": _source(entry, names),
        "entity": [_patient(entry), _data(part), _request(entry), _decision(entry, part)],
    }
    return event


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _subtypes(entry: Entry) -> list[dict[str, str]]:
    read = _coding("http://hl7.org/fhir/restful-interaction", "read", "read")
    if not entry.basis.emergency:
        return [read]
    return [read, _coding(_DCM, "110127", "Emergency Override Started")]


def _instant(at: int) -> str:
    return f"{moment(at // 1_000).isoformat()[:19]}.{at % 1_000:03}Z"


def _purpose(name: str) -> dict[str, Any]:
    if name.isdigit():
        return {"text": name}
    system = "urn:salus:purpose" if name in _SALUS_PURPOSES else f"{_HL7}/v3-ActReason"
    return {"coding": [{"system": system, "code": name}]}


def _known(kind: str, value: bytes, display: str = "") -> dict[str, Any]:
    """Somebody or something by an identifier that says nothing to outsiders."""
    named = {"identifier": {"system": f"urn:salus:{kind}", "value": to_hex(value)}}
    return named | ({"display": display} if display else {})


def _user(entry: Entry, names: Names) -> dict[str, Any]:
    who, actor = recipient_of(entry), entry.actor
    display = "" if actor.role in {"subject", "delegate"} else names(who)
    policies = [f"urn:salus:grant:{to_hex(each)}" for each in entry.basis.grants]
    policies += [f"urn:salus:policy:{to_hex(each)}" for each in entry.basis.policies]
    if entry.basis.emergency:
        policies.append(f"urn:salus:emergency:{to_hex(entry.basis.emergency)}")
    if entry.basis.license:
        policies.append(f"urn:salus:license:{to_hex(entry.basis.license)}")
    coding = _coding(f"{_HL7}/v3-ParticipationType", "IRCP", "information recipient")
    return {
        "type": {"coding": [coding]},
        "role": [{"text": actor.role}],
        "who": _known("address", who, display),
        "altId": to_hex(actor.key),
        "requestor": True,
        **({"policy": policies} if policies else {}),
        "purposeOfUse": [_purpose(entry.purpose)],
    }


def _client(entry: Entry) -> dict[str, Any]:
    """What things were sealed to: the key of the reader's device."""
    return {
        "type": {"coding": [_coding(_DCM, "110152", "Destination Role ID")]},
        "who": _known("reader-key", entry.actor.credential),
        "requestor": False,
        "network": {"address": f"urn:salus:reader-key:{to_hex(entry.actor.credential)}"}
        | {"type": "5"},
    }


def _server(entry: Entry, names: Names) -> dict[str, Any]:
    return {
        "type": {"coding": [_coding(_DCM, "110153", "Source Role ID")]},
        "who": _known("address", entry.node, _name(entry.node, names)),
        "requestor": False,
        "network": {"address": f"urn:salus:{entry.actor.client}:{to_hex(entry.node)}", "type": "5"},
    }


def _name(address: Address, names: Names) -> str:
    return "" if address == NOBODY else names(address)


def _source(entry: Entry, names: Names) -> dict[str, Any]:
    kind = _coding(f"{_HL7}/security-source-type", "4", "Application Server")
    return {
        "observer": _known("address", entry.node, _name(entry.node, names)),
        "type": [kind],
    }


def _patient(entry: Entry) -> dict[str, Any]:
    return {
        "what": {"type": "Patient"} | _known("pseudonym", entry.subject),
        "type": _coding(f"{_HL7}/audit-entity-type", "1", "Person"),
        "role": _coding(f"{_HL7}/object-role", "1", "Patient"),
    }


def _data(part: Part) -> dict[str, Any]:
    return {
        "what": _known("unit", part.unit, SECTIONS[part.section]),
        "type": _coding(f"{_HL7}/audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_HL7}/object-role", "4", "Domain Resource"),
    }


def _request(entry: Entry) -> dict[str, Any]:
    system = f"{_BALP}/CodeSystem/BasicAuditEntityType"
    return {
        "what": _known("request", entry.request),
        "type": {"system": system, "code": "XrequestId"},
    }


def _decision(entry: Entry, part: Part) -> dict[str, Any]:
    """What BALP has no place for: the line of the log, and what the decision rests on."""
    basis = entry.basis
    told = {
        "sequence": str(entry.sequence),
        "section": SECTIONS[part.section],
        "decision": basis.decision,
        "rule": basis.rule,
        "obligations": " ".join(basis.obligations),
        "acting-for": "" if entry.actor.acting_for == NOBODY else to_hex(entry.actor.acting_for),
        "previous": to_hex(entry.previous),
    }
    return {
        "type": {"system": "urn:salus:audit", "code": "decision"},
        "detail": [{"type": name, "valueString": value} for name, value in told.items() if value],
    }
