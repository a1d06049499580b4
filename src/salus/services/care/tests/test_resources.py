"""A referral as FHIR R4, checked by the same pipeline as every other resource."""

import json

import pytest

from salus.rights.records.validation import validate
from salus.services.care import service
from salus.services.care.letters import Referral
from salus.services.care.model import ReferralState
from salus.services.care.tests.stage import PATIENT, REASON, SPECIALIST, composition, new_stage


def in_state(state: ReferralState) -> Referral:
    stage = new_stage()
    if state is ReferralState.RETURNED:
        accepted = stage.accepted()
        service.return_(stage.desk, accepted, reason="Not my field")
        return stage.found(accepted.id)
    if state is ReferralState.CANCELLED:
        sent = stage.send()
        service.cancel(stage.desk, sent)
        return stage.found(sent.id)
    made = {
        ReferralState.SENT: stage.send,
        ReferralState.ACCEPTED: stage.accepted,
        ReferralState.HANDED_DOWN: stage.handed_down,
        ReferralState.CLOSED: stage.closed,
    }
    return made[state]()


@pytest.mark.parametrize(
    ("state", "request_status", "task_status"),
    [
        (ReferralState.SENT, "active", "requested"),
        (ReferralState.ACCEPTED, "active", "accepted"),
        (ReferralState.RETURNED, "active", "rejected"),
        (ReferralState.HANDED_DOWN, "active", "completed"),
        (ReferralState.CLOSED, "completed", "completed"),
        (ReferralState.CANCELLED, "revoked", "cancelled"),
    ],
)
def test_the_resources_are_valid_and_say_the_state(
    state: ReferralState, request_status: str, task_status: str
) -> None:
    found = in_state(state)
    request, task = service.request_of_now(found), service.task_of_now(found)

    assert [] == validate(request, resource_type="ServiceRequest")
    assert [] == validate(task, resource_type="Task")
    assert request_status == request["status"]
    assert task_status == task["status"]


def test_the_task_moves_the_request_of_the_same_patient() -> None:
    sent = new_stage().send(sections=["laboratory"])
    request, task = service.request_of_now(sent), service.task_of_now(sent)

    assert f"ServiceRequest/{request['id']}" == task["focus"]["reference"]
    assert PATIENT == request["subject"]["reference"] == task["for"]["reference"]
    assert REASON == request["reasonCode"][0]["text"]
    assert [SPECIALIST.reference()] == request["performer"] == [task["owner"]]
    assert ["laboratory"] == [each["valueString"] for each in task["input"]]


def test_two_referrals_share_no_id() -> None:
    stage = new_stage()
    one, other = stage.send(), stage.send()

    assert one.id != other.id
    assert json.loads(one.letter.request)["id"] != json.loads(other.letter.request)["id"]


def test_the_reason_of_a_return_stands_in_the_task() -> None:
    assert {"text": "Not my field"} == service.task_of_now(in_state(ReferralState.RETURNED))[
        "statusReason"
    ]


@pytest.mark.parametrize("name", ["s1", None])
def test_the_summary_is_the_output_of_the_task(name: str | None) -> None:
    stage = new_stage()
    accepted = stage.accepted()
    service.hand_down(stage.desk, accepted, summary=composition(id=name))
    task = service.task_of_now(stage.found(accepted.id))
    reference = task["output"][0]["valueReference"]

    assert [] == validate(task)
    assert "Discharge summary" == reference["display"]
    assert (None if name is None else "Composition/s1") == reference.get("reference")
