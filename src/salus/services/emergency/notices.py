"""Who is told of an emergency: the patient, guardians, delegates, the site's privacy officers.

Notices are made from the index, so one that a crash prevented is written by the next command, and
an opening that another node made is told here as well. Writing them twice is writing them once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, Digest, RecordId, record_from_text, record_text
from salus.platform.database import insert_missing
from salus.platform.work import Node
from salus.rights.consent.authority.tables import DelegationRow
from salus.rights.consent.ledger import controller_of
from salus.rights.identity.ledger import view
from salus.rights.identity.model import Roles
from salus.rights.records.tables import Subject
from salus.services.emergency.tables import LinkRow, Notice, OpeningRow

NOTIFY = 16  # of Powers in IAuthority.sol


class Step(Enum):
    """What a notice tells, and the member of a row that says when."""

    OPENED = "opened_at"
    WIDENED = "widened_at"
    CLOSED = "closed_at"
    REVIEWED = "reviewed_at"
    CARD = "used_at"


class Told(Enum):
    """As whom somebody is told."""

    SUBJECT = "subject"
    GUARDIAN = "guardian"
    DELEGATE = "delegate"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Notified:
    """One notice; `at` is in seconds."""

    emergency: Digest
    record: RecordId
    step: Step
    told: Address
    role: Told
    at: int


def tell(node: Node) -> None:
    """Write every notice that is not written yet, in one transaction."""
    with node.reading() as session:
        steps = list(_untold(session))
    recipients: dict[str, list[tuple[Told, Address]]] = {}
    rows = []
    for row, step in steps:
        key = row.record + row.site.hex()
        if key not in recipients:
            recipients[key] = list(_recipients(node, record_from_text(row.record), row.site))
        rows += [_notice(row, step, role, told) for role, told in recipients[key]]
    if rows:
        with node.sessions() as session, session.begin():
            insert_missing(session, Notice, rows)


def _untold(session: Session) -> Iterator[tuple[OpeningRow, Step]]:
    """Steps of emergencies with records of this node that nobody was told of."""
    told = {(row.emergency, row.kind) for row in session.scalars(select(Notice))}
    mine = select(OpeningRow).join(Subject, Subject.record == OpeningRow.record)
    for row in session.scalars(mine):
        for step in Step:
            if getattr(row, step.value) and (row.id, step.name.lower()) not in told:
                yield row, step


def _notice(row: OpeningRow, step: Step, role: Told, told: Address) -> dict[str, object]:
    return {
        "emergency": row.id,
        "kind": step.name.lower(),
        "told": told,
        "role": role.value,
        "record": row.record,
        "at": getattr(row, step.value),
    }


def _recipients(node: Node, record: RecordId, site: bytes) -> Iterator[tuple[Told, Address]]:
    """Everybody once, under the first role that fits."""
    seen: set[Address] = set()
    for role, find in _FINDERS:
        for address in find(node, record, site):
            if address != NOBODY and address not in seen:
                seen.add(address)
                yield role, address


def _subject(node: Node, record: RecordId, _: bytes) -> list[Address]:
    return [controller_of(node, record)]


def _guardians(node: Node, record: RecordId, _: bytes) -> list[Address]:
    present, *_rest = view(node, "Authority", "guardiansOf", record)
    return [Address(each) for each in present]


def _delegates(node: Node, record: RecordId, _: bytes) -> list[Address]:
    """Those whose power to be told holds now."""
    mine = select(DelegationRow.delegate).where(DelegationRow.record == record_text(record))
    with node.reading() as session:
        known = [Address(each) for each in session.scalars(mine)]
    return [each for each in known if view(node, "Authority", "mayAct", record, each, NOTIFY)]


def _officers(node: Node, _: RecordId, site: bytes) -> list[Address]:
    """The privacy offices that are linked to the hospital."""
    with node.reading() as session:
        linked = session.scalars(select(LinkRow.other).where(LinkRow.org == site))
        known = [Address(each) for each in linked]
    at = node.ledger.final().time
    return [
        each
        for each in known
        if view(node, "Organizations", "hasRole", each, int(Roles.PRIVACY), at)
    ]


_FINDERS: tuple[tuple[Told, Callable[[Node, RecordId, bytes], list[Address]]], ...] = (
    (Told.SUBJECT, _subject),
    (Told.GUARDIAN, _guardians),
    (Told.DELEGATE, _delegates),
    (Told.OFFICER, _officers),
)


def notices(session: Session, record: RecordId | None = None) -> list[Notified]:
    """Of one record or of all, newest first."""
    rows = select(Notice).order_by(Notice.at.desc(), Notice.emergency, Notice.kind, Notice.told)
    if record is not None:
        rows = rows.where(Notice.record == record_text(record))
    return [
        Notified(
            Digest(row.emergency),
            record_from_text(row.record),
            Step[row.kind.upper()],
            Address(row.told),
            Told(row.role),
            row.at,
        )
        for row in session.scalars(rows)
    ]
