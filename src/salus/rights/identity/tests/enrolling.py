"""A node at whose desk people are enrolled and linked."""

import json
import secrets
from typing import Any

from salus.kernel.ids import RecordId, record_text
from salus.platform.testing import memory_node
from salus.platform.work import Node, Work
from salus.rights.identity.matching import service
from salus.rights.identity.matching.events import LinkEvent
from salus.rights.identity.matching.register import (
    enterprises,
)
from salus.rights.identity.model import Roles
from salus.rights.identity.service import new_party
from tests.support.people import Seen, register

KEY = secrets.token_bytes(32)
HOSPITAL = new_party("hospital", Roles.SOURCE)
CLERK = service.Clerk(HOSPITAL, KEY)
FIRST = next(each for each in register(3, 5) if not each.is_han)
WHY = "passport seen"


class Desk:
    """A node where people are enrolled; records are numbered in the order in which they come."""

    def __init__(self) -> None:
        self.node: Node = memory_node(projections={})

    def enroll(self, number: int, seen: Seen | None, *written: str) -> str:
        patient = json.dumps(seen.patient()).encode() if seen else None
        with self.node.sessions() as session, session.begin():
            service.enroll(
                Work(self.node, session),
                RecordId(number),
                patient,
                written=written,
                storage_key=KEY,
                by=HOSPITAL,
            )
        return record_text(RecordId(number))

    def do(self, verb: Any, left: int, right: int, reason: str = WHY) -> Any:
        with self.node.sessions() as session, session.begin():
            ends = record_text(RecordId(left)), record_text(RecordId(right))
            return verb(Work(self.node, session), *ends, reason=reason, by=CLERK)

    def log(self) -> list[LinkEvent]:
        with self.node.reading() as session:
            return service.log(session)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.log()]

    def waiting(self) -> list[tuple[int, int]]:
        with self.node.reading() as session:
            return [(int(each.left, 16), int(each.right, 16)) for each in service.waiting(session)]

    def enterprises(self, *numbers: int) -> list[str]:
        texts = [record_text(RecordId(number)) for number in numbers]
        with self.node.reading() as session:
            found = enterprises(session, texts)
        return [found[text] for text in texts]


def strangers(count: int) -> Desk:
    """People who have nothing in common."""
    desk, people = Desk(), {each.who: each for each in register(11, 40)}
    chosen: list[Seen] = []
    for each in people.values():
        if all(each.line != one.line for one in chosen):
            chosen.append(each)
    for number, seen in enumerate(chosen[:count]):
        desk.enroll(number, seen)
    assert desk.kinds() == []
    return desk
