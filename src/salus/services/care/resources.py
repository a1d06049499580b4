"""A referral as FHIR R4 resources: a ServiceRequest and the Task that moves it. Pure."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from salus.kernel.clock import stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.services.care.model import REQUEST_STATUS, TASK_STATUS, ReferralState

Resource = dict[str, Any]
ORGANIZATION = "urn:salus:organization"
DISCHARGE_SUMMARY = "18842-5"  # of LOINC
XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">'


@dataclass(frozen=True, slots=True)
class Organization:
    """A side of a referral: its name and the address it is registered under."""

    name: str
    address: Address

    def reference(self) -> Resource:
        """A logical reference: both sides know the ledger, not each other's servers."""
        return {
            "type": "Organization",
            "identifier": {"system": ORGANIZATION, "value": to_hex(self.address)},
            "display": self.name,
        }


def service_request(
    *, patient: str, referrer: Organization, specialist: Organization, reason: str, at: datetime
) -> Resource:
    """What is asked for. `patient` is a reference `Patient/id` at the source."""
    return {
        "resourceType": "ServiceRequest",
        "id": secrets.token_hex(16),
        "status": "active",
        "intent": "order",
        "subject": {"reference": patient},
        "authoredOn": stamp(at),
        "requester": referrer.reference(),
        "performer": [specialist.reference()],
        "reasonCode": [{"text": reason}],
    }


def task_of(request: Resource, *, sections: tuple[str, ...], deadline: datetime) -> Resource:
    """The Task that a ServiceRequest begins with; its inputs are the sections to be shared."""
    return {
        "resourceType": "Task",
        "id": secrets.token_hex(16),
        "status": "requested",
        "intent": "order",
        "focus": {"reference": f"ServiceRequest/{request['id']}"},
        "for": request["subject"],
        "authoredOn": request["authoredOn"],
        "lastModified": request["authoredOn"],
        "requester": request["requester"],
        "owner": request["performer"][0],
        "restriction": {"period": {"end": stamp(deadline)}},
        "input": [{"type": {"text": "section"}, "valueString": name} for name in sections],
    }


def request_in(request: Resource, state: ReferralState) -> Resource:
    """The ServiceRequest as it stands in a state."""
    return request | {"status": REQUEST_STATUS.get(state, "active")}


def task_in(
    task: Resource, state: ReferralState, *, since: str, reason: str, summary: Resource | None
) -> Resource:
    """The Task as it stands in a state; with the reason of a return, or with the summary."""
    now = task | {"status": TASK_STATUS[state], "lastModified": since}
    if reason:
        now["statusReason"] = {"text": reason}
    if summary is not None:
        reference: Resource = {"type": "Composition", "display": summary["title"]}
        if "id" in summary:
            reference["reference"] = f"Composition/{summary['id']}"
        now["output"] = [{"type": {"text": "summary"}, "valueReference": reference}]
    return now


def subject_of(composition: Resource) -> str:
    """Whom a Composition is about, as a reference; empty when it does not say."""
    return str(composition.get("subject", {}).get("reference", ""))


def discharge(
    request: Resource, *, author: Organization, title: str, text: str, at: datetime
) -> bytes:
    """A Composition of one section, as somebody typed it, about the patient of a request."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    composition: Resource = {
        "resourceType": "Composition",
        "id": secrets.token_hex(16),
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": DISCHARGE_SUMMARY}]},
        "subject": request["subject"],
        "date": stamp(at),
        "author": [author.reference()],
        "title": title,
        "section": [
            {
                "title": title,
                "text": {"status": "additional", "div": f"{XHTML}{paragraphs}</div>"},
            }
        ],
    }
    return json.dumps(composition, ensure_ascii=False).encode()
