"""Whom to tell of what happens to a record: its patient, and who may be told in his place."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId
from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority import ledger, reading
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.authority.model import Powers
from salus.rights.identity.ledger import Views
from salus.rights.identity.notices.finding import guardians_of

ELSEWHERE = "/app/people"
"""The page of a delegate, who opens those of the patient only while he acts."""


@dataclass(frozen=True, slots=True)
class Happened:
    """To be told once under a key; `path` is the page of the patient about it, `at` in seconds."""

    kind: Kind
    key: str
    path: str
    at: int


def about(node: Node, session: Session, record: RecordId, it: Happened) -> Iterator[News]:
    """To the patient, where he has the record already, and to each delegate with that power."""
    owner = account_of(session, record)
    if owner is None:
        return
    yield News(owner, it.kind, it.key, it.path, it.at)
    for account in _delegates(node, session, record):
        yield News(account, it.kind, it.key, ELSEWHERE, it.at)


def _delegates(node: Node, session: Session, record: RecordId) -> list[str]:
    """The accounts of those who may be told, as the ledger says now."""
    named = [
        each.address
        for each in reading.delegates(session, record)
        if Powers.NOTIFY in each.delegation.powers and each.delegation.is_within(node.clock.now())
    ]
    if not named:
        return []
    ask, at, people = Views(node), node.ledger.final(), guardians_of(session)
    return [
        people[key]
        for key in named
        if key in people and ledger.may_act(ask, record, key, Powers.NOTIFY, at=at)
    ]
