"""AuditEvents are valid FHIR R4 and say what IHE BALP asks of a patient read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from salus.kernel.ids import NOBODY, Address, UnitId
from salus.rights.consent.audit.events import events
from salus.rights.consent.audit.model import Act, Basis, Outcome, Part
from salus.rights.consent.audit.tests.lines import READER, act, log_of
from salus.rights.records.validation import validate

DCM = "http://dicom.nema.org/resources/ontology/DCM"
EMERGENCY = Basis(
    "permit", "emergency", (), (), ("NOTIFY_SUBJECT", "REVIEW"), emergency=b"\x0b" * 32
)
SUBJECT = replace(READER, role="subject", organization=NOBODY)
DELEGATE = replace(SUBJECT, role="delegate", acting_for=Address(b"\x0c" * 20))


def names(address: Address) -> str:
    return f"party {address.hex()[:4]}"


def made(said: Act) -> list[dict[str, Any]]:
    (line,) = log_of(said)
    return list(events(line.entry(), names))


@pytest.mark.parametrize(
    "said",
    [
        act(),
        act(purpose="COMMERCIAL"),
        act(purpose="77"),
        act(actor=SUBJECT, purpose="PATRQT"),
        act(actor=DELEGATE),
        act(basis=EMERGENCY, purpose="ETREAT"),
        act(outcome=Outcome.REFUSED, basis=Basis("deny", "no-grant")),
        act(outcome=Outcome.FAILED, basis=Basis("none", "custody.stale_head")),
    ],
)
def test_every_event_is_valid(said: Act) -> None:
    (event,) = made(said)

    assert validate(json.loads(json.dumps(event)), resource_type="AuditEvent") == []


def test_a_read_has_what_the_profile_asks_for() -> None:
    (event,) = made(act())
    agents = {each["type"]["coding"][0]["code"]: each for each in event["agent"]}
    kinds = [each["type"]["code"] for each in event["entity"]]

    assert event["meta"]["profile"][0].endswith("/IHE.BasicAudit.PatientRead")
    assert event["type"]["code"] == "rest"
    assert [each["code"] for each in event["subtype"]] == ["read"]
    assert (event["action"], event["outcome"]) == ("R", "0")
    assert agents.keys() == {"IRCP", "110152", "110153"}
    assert [agents[code]["requestor"] for code in ("IRCP", "110152", "110153")] == [
        True,
        False,
        False,
    ]
    assert agents["110152"]["network"]["type"] == agents["110153"]["network"]["type"] == "5"
    assert agents["IRCP"]["who"]["display"] == names(READER.organization)
    assert kinds == ["1", "2", "XrequestId", "decision"]
    assert event["recorded"] == "2026-01-05T09:00:00.000Z"


def test_an_emergency_says_so() -> None:
    (event,) = made(act(basis=EMERGENCY, purpose="ETREAT"))

    assert {"system": DCM, "code": "110127", "display": "Emergency Override Started"} in event[
        "subtype"
    ]
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "ETREAT"
    assert "NOTIFY_SUBJECT REVIEW" in json.dumps(event["entity"])


def test_a_refusal_is_no_read_of_the_profile_and_says_why() -> None:
    (event,) = made(act(outcome=Outcome.REFUSED, basis=Basis("deny", "no-grant")))

    assert "meta" not in event
    assert (event["outcome"], event["outcomeDesc"]) == ("4", "no-grant")


def test_each_unit_has_an_event_of_its_own() -> None:
    parts = tuple(Part(UnitId(bytes([number]) * 32), 7, 0) for number in range(3))
    found = made(act(parts=parts))

    assert len({event["id"] for event in found}) == 3
    assert len({event["entity"][1]["what"]["identifier"]["value"] for event in found}) == 3


def test_the_patient_is_a_pseudonym() -> None:
    (event,) = made(act(actor=SUBJECT))
    patient = event["entity"][0]["what"]

    assert patient["type"] == "Patient"
    assert patient["identifier"]["system"] == "urn:salus:pseudonym"
    assert "display" not in patient
    assert "display" not in event["agent"][0]["who"]
