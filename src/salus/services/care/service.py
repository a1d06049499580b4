"""What referrer, specialist and patient do with a referral: each verb is one intent.

What is said is kept before the ledger is asked, in a transaction of its own: a commitment on the
ledger that nobody can open would be lost for ever.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.canonical import parse
from salus.kernel.clock import seconds, stamp
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.model import GrantState
from salus.rights.consent.tables import GrantRow
from salus.rights.identity.ledger import send as submit
from salus.rights.records.listing import summary as summary_of
from salus.rights.records.service import units_of
from salus.rights.records.validation import validate
from salus.rights.records.wording import told
from salus.services.care import ledger
from salus.services.care.errors import (
    BadReason,
    BadSummary,
    BadWindow,
    SameSide,
    SummaryOfAnother,
)
from salus.services.care.letters import Desk, Referral, keep_letter, keep_paper, key_of
from salus.services.care.model import (
    LONGEST_REASON,
    LONGEST_WAIT,
    Letter,
    Paper,
    Role,
    is_reason,
    new_referral_id,
    new_salt,
)
from salus.services.care.resources import (
    Organization,
    Resource,
    request_in,
    service_request,
    subject_of,
    task_in,
    task_of,
)


def send(
    desk: Desk,
    *,
    record: RecordId,
    referrer: Organization,
    specialist: Organization,
    sections: Sequence[str],
    reason: str,
    deadline: datetime,
    grace: timedelta,
) -> Digest:
    """Refer the patient of a record to a specialist, until the end of a day; the id of it.

    Raises UnknownSection, SameSide, BadReason, BadWindow.
    """
    now = desk.node.clock.now()
    if referrer.address == specialist.address:
        raise SameSide(name=referrer.name)
    if not now < deadline <= now + LONGEST_WAIT:
        raise BadWindow
    with desk.node.reading() as session:
        units_of(session, record, sections)
        patient = summary_of(session, record).patient
    request = service_request(
        patient=patient, referrer=referrer, specialist=specialist, reason=reason, at=now
    )
    task = task_of(request, sections=tuple(sections), deadline=deadline)
    _check_reason(reason, request, task)
    letter = Letter(
        record,
        referrer.address,
        specialist.address,
        tuple(sections),
        _text(request),
        _text(task),
    )
    return _send(desk, letter, deadline, grace)


def _send(desk: Desk, letter: Letter, deadline: datetime, grace: timedelta) -> Digest:
    referral, salt = new_referral_id(), new_salt()
    keys = {role: SigningKey.generate() for role in Role}
    keep_letter(desk, referral, letter, salt, keys)
    sending = ledger.Sending(
        referral,
        letter.commitment(salt),
        keys[Role.SENDER].address,
        keys[Role.ACCEPTOR].address,
        keys[Role.PATIENT].address,
        seconds(deadline),
        int(grace.total_seconds()),
    )
    by, patient = keys[Role.SENDER], keys[Role.PATIENT]
    submit(desk.node, ledger.send_referral(desk.node, sending, by=by, patient=patient))
    return referral


def accept(desk: Desk, referral: Referral) -> None:
    """Take a referral on; grants that depend on it hold from now. Raises DeadlinePassed."""
    by = key_of(desk, referral.id, Role.ACCEPTOR)
    submit(desk.node, ledger.accept_referral(desk.node, referral.id, by=by))


def return_(desk: Desk, referral: Referral, *, reason: str) -> None:
    """Give a referral back, with a reason that only its parties read. Raises BadReason."""
    by = key_of(desk, referral.id, Role.ACCEPTOR)
    _check_reason(reason, task_of_now(referral, reason=reason))
    given = _keep(desk, referral, reason)
    submit(desk.node, ledger.return_referral(desk.node, referral.id, given, by=by))


def hand_down(desk: Desk, referral: Referral, *, summary: bytes) -> None:
    """Hand a referral down with a Composition of FHIR R4, in JSON.

    Raises BadSummary, SummaryOfAnother, and what the parser raises.
    """
    by = key_of(desk, referral.id, Role.ACCEPTOR)
    composition = _composition(summary)
    if subject_of(composition) != json.loads(referral.letter.request)["subject"]["reference"]:
        raise SummaryOfAnother
    given = _keep(desk, referral, summary.decode())
    submit(desk.node, ledger.hand_down(desk.node, referral.id, given, by=by))


def close(desk: Desk, referral: Referral) -> None:
    """End what was handed down; dependent grants hold for the time of grace."""
    by = key_of(desk, referral.id, Role.SENDER)
    submit(desk.node, ledger.close_referral(desk.node, referral.id, by=by))


def cancel(desk: Desk, referral: Referral, *, role: Role = Role.SENDER) -> None:
    """End what was sent or accepted, as the referrer or as the patient."""
    by = key_of(desk, referral.id, role)
    submit(desk.node, ledger.cancel_referral(desk.node, referral.id, by=by))


def request_of_now(referral: Referral) -> Resource:
    """The ServiceRequest as it stands."""
    return request_in(json.loads(referral.letter.request), referral.course.state)


def task_of_now(referral: Referral, *, reason: str = "") -> Resource:
    """The Task as it stands; `reason` is that of a return that is about to be."""
    return task_in(
        json.loads(referral.letter.task),
        referral.course.state,
        since=stamp(referral.course.since),
        reason=reason or referral.reason,
        summary=summary_of_now(referral),
    )


def summary_of_now(referral: Referral) -> Resource | None:
    """The Composition that was handed down, if one was."""
    return json.loads(referral.summary) if referral.summary else None


def is_shared(session: Session, referral: Referral) -> bool:
    """Whether the patient lets something be read that depends on a referral."""
    depending = select(GrantRow.grant).where(
        GrantRow.condition_key == referral.id, GrantRow.state != GrantState.ENDED
    )
    return session.scalar(depending.limit(1)) is not None


def _keep(desk: Desk, referral: Referral, content: str) -> Digest:
    return keep_paper(desk, referral.letter.record, Paper(referral.id, content), new_salt())


def _check_reason(reason: str, *resources: Resource) -> None:
    """Whatever else could be wrong in the resources is made here and never is."""
    if not is_reason(reason) or any(validate(each) for each in resources):
        raise BadReason(longest=LONGEST_REASON)


def _composition(raw: bytes) -> Resource:
    parse(raw)
    composition = orjson.loads(raw)
    for finding in validate(composition, resource_type="Composition"):
        fault, advice = told(finding)
        raise BadSummary(fault=fault, where=finding.path, advice=advice)
    found: Resource = composition
    return found


def _text(resource: Resource) -> str:
    return orjson.dumps(resource).decode()
