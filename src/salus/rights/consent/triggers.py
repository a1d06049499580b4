"""What reporters may do to a grant: arming it, reporting, and finding what it is armed with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, GrantId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent import ledger
from salus.rights.consent.errors import SameTrigger, UnclearTrigger, UnknownTrigger
from salus.rights.consent.ledger import NONE, Trigger, TriggerEffect
from salus.rights.consent.model import new_salt
from salus.rights.consent.tables import GrantTerms, ReportSalt, TriggerName, TriggerRow
from salus.rights.identity.ledger import send

LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Armed:
    """What a grant shall wait for: a name that its parties know, who reports it, what it does."""

    name: str
    reporter: Address
    effect: TriggerEffect


@dataclass(frozen=True, slots=True)
class KnownTrigger:
    """A trigger as the ledger has it; `reported_at` in seconds, 0 before the first report.

    `name` is empty where nobody told this home, `salt` None where the last evidence is another's.
    """

    id: Digest
    name: str
    reporter: Address
    effect: TriggerEffect
    reported_at: int
    evidence: Digest
    salt: Digest | None


def trigger_id(salt: Digest, name: str) -> Digest:
    """SHA-256(T"salus/trigger/1" || salt of the grant's terms || UTF-8 of the name).

    The name may tell something of the patient, so the ledger has it salted only.
    """
    return Digest(H(TAG("salus/trigger/1"), salt, name.encode()))


def arm(salt: Digest, armed: Sequence[Armed]) -> tuple[Trigger, ...]:
    """As the ledger keeps them. Raises UnclearTrigger and SameTrigger."""
    names = [each.name for each in armed]
    if any(not 0 < len(name) <= LONGEST_NAME or not name.isprintable() for name in names):
        raise UnclearTrigger
    if len(set(names)) < len(names):
        raise SameTrigger
    return tuple(Trigger(trigger_id(salt, each.name), each.reporter, each.effect) for each in armed)


def commit_evidence(salt: Digest, evidence: bytes) -> Digest:
    """SHA-256(T"salus/evidence/1" || salt 32 || the bytes of the evidence)."""
    return Digest(H(TAG("salus/evidence/1"), salt, evidence))


def report(
    node: Node, grant: GrantId, trigger: Digest, *, evidence: bytes | None, by: SigningKey
) -> Digest | None:
    """Say that what a grant waits for has happened.

    Returns the salt that opens what the ledger has of the evidence; it is kept before the ledger
    is asked. Raises NotReporter and BadState.
    """
    if evidence is None:
        send(node, ledger.report(node, grant, trigger, NONE, by=by))
        return None
    salt = new_salt()
    commitment = commit_evidence(salt, evidence)
    with node.sessions() as session, session.begin():
        record = session.get_one(GrantTerms, grant).record
        session.add(ReportSalt(evidence=commitment, record=record, salt=salt))
    send(node, ledger.report(node, grant, trigger, commitment, by=by))
    return salt


def triggers(session: Session, grant: GrantId) -> list[KnownTrigger]:
    """What a grant is armed with, in the order in which it was said."""
    rows = session.scalars(
        select(TriggerRow).where(TriggerRow.grant == grant).order_by(TriggerRow.place)
    )
    return [_known(session, row) for row in rows]


def find_trigger(session: Session, grant: GrantId, salt: Digest, name: str) -> Digest:
    """A trigger of a grant by its name; `salt` is that of the terms. Raises UnknownTrigger."""
    trigger = trigger_id(salt, name)
    if session.get(TriggerRow, (grant, trigger)) is None:
        raise UnknownTrigger
    return trigger


def _known(session: Session, row: TriggerRow) -> KnownTrigger:
    named = session.get(TriggerName, (row.grant, row.trigger))
    opened = session.get(ReportSalt, row.evidence)
    return KnownTrigger(
        Digest(row.trigger),
        named.name if named else "",
        Address(row.reporter),
        TriggerEffect(row.effect),
        row.reported_at,
        Digest(row.evidence),
        Digest(opened.salt) if opened else None,
    )
