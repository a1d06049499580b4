"""Links of records: who is linked at an import, what people decide, and taking it back."""

import json
import secrets
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.testing import memory_node
from salus.platform.work import Node, Work
from salus.rights.identity.matching import service
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.errors import (
    AlreadyLinked,
    BadReason,
    KnownApart,
    LinkLogDamaged,
    NotLinked,
    SameRecord,
    StillLinked,
    UnknownPerson,
)
from salus.rights.identity.matching.events import Kind, LinkEvent, Signed, first_fault, sign
from salus.rights.identity.matching.register import (
    enterprises,
    find_known,
    forget_person,
    near,
    person_in,
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


"""AT AN IMPORT"""


def test_the_same_person_again_is_linked_by_the_source() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    desk.enroll(2, replace(FIRST, hospital="h2"))
    (event,) = desk.log()

    assert ("linked", "automatic", HOSPITAL.address) == (event.kind, event.reason, event.by)
    assert event.parts > 995_000
    assert 1 == len(set(desk.enterprises(1, 2)))
    assert [] == desk.waiting()


@pytest.mark.parametrize(
    "changed",
    [{"is_multiple": True}, {"national": "0", "hospital": "h2"}, {"born": "1931-01-01"}],
    ids=["twin", "another-number", "another-day"],
)
def test_a_doubtful_person_waits_for_somebody(changed: dict[str, Any]) -> None:
    desk = Desk()
    desk.enroll(1, replace(FIRST, national="123"))
    desk.enroll(2, replace(FIRST, **({"national": "123"} | changed)))

    assert [] == desk.kinds()
    assert [(1, 2)] == desk.waiting()


def test_the_same_patient_again_replaces_what_was_known() -> None:
    desk = Desk()
    text = desk.enroll(1, FIRST)
    (before,) = desk.enterprises(1)
    desk.enroll(1, replace(FIRST, family="Changed", phone="+44 20 1111 2222"))
    with desk.node.reading() as session:
        known = person_in(session, text, storage_key=KEY)

    assert "changed" == known.names[0].family
    assert [before] == desk.enterprises(1)


def test_an_import_without_a_patient_enrolls_nobody() -> None:
    desk = Desk()
    desk.enroll(1, None, "Observation/o1")
    with desk.node.reading() as session, pytest.raises(UnknownPerson):
        find_known(session, record_text(RecordId(1)))


def test_one_who_is_close_to_two_people_is_linked_to_neither() -> None:
    desk = Desk()
    desk.enroll(1, replace(FIRST, is_multiple=True))
    desk.enroll(2, replace(FIRST, is_multiple=True))
    desk.enroll(3, FIRST)

    assert [] == desk.kinds()
    assert {(1, 2), (1, 3), (2, 3)} == set(desk.waiting())


def test_nothing_about_people_is_legible_in_the_database() -> None:
    desk = Desk()
    desk.enroll(1, replace(FIRST, family="Quillfeather", phone="+44 20 8765 4321"))
    with desk.node.reading() as session:
        connection = session.connection().connection.driver_connection
        assert connection is not None
        dump = b"".join(
            each if isinstance(each, bytes) else str(each).encode()
            for table in (t.Known, t.Blocked, t.Review, t.Event, t.Written)
            for row in session.execute(select(table.__table__))
            for each in row
        ).lower()

    assert dump
    for secret in (b"quillfeather", b"87654321", b"7654321", FIRST.born.encode()):
        assert secret not in dump


def test_another_storage_key_recognizes_nobody() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    with desk.node.reading() as session:
        person = person_in(session, record_text(RecordId(1)), storage_key=KEY)
        here = near(session, person, storage_key=KEY)
        elsewhere = near(session, person, storage_key=bytes(32))

    assert (1, 0) == (len(here), len(elsewhere))


"""WHAT PEOPLE DECIDE"""


def test_a_link_that_a_person_makes_ends_the_waiting() -> None:
    desk = Desk()
    desk.enroll(1, replace(FIRST, is_multiple=True))
    desk.enroll(2, FIRST)
    desk.do(service.link, 2, 1)

    assert ["linked"] == desk.kinds()
    assert [] == desk.waiting()


def test_unlinking_restores_both_sides() -> None:
    desk = strangers(4)
    before = desk.enterprises(0, 1, 2, 3)
    desk.do(service.link, 0, 1)
    desk.do(service.link, 2, 3)
    middle = desk.enterprises(0, 1, 2, 3)
    desk.do(service.link, 3, 1)
    assert 1 == len(set(desk.enterprises(0, 1, 2, 3)))
    done = desk.do(service.unlink, 1, 3)

    assert middle == desk.enterprises(0, 1, 2, 3)
    assert {2} == {len(done.left), len(done.right)}
    desk.do(service.unlink, 0, 1)
    desk.do(service.unlink, 3, 2)
    assert before == desk.enterprises(0, 1, 2, 3)


def test_unlinking_lists_what_was_written_meanwhile_and_nothing_else() -> None:
    desk = strangers(3)
    desk.enroll(0, None, "Observation/before")
    desk.do(service.link, 0, 1)
    desk.enroll(0, None, "Observation/one", "Observation/two")
    desk.enroll(1, None, "Condition/three", "Condition/three")
    desk.enroll(2, None, "Observation/of-another")
    done = desk.do(service.unlink, 0, 1)
    desk.enroll(0, None, "Observation/after")

    assert (
        (record_text(RecordId(0)), "Observation/one"),
        (record_text(RecordId(0)), "Observation/two"),
        (record_text(RecordId(1)), "Condition/three"),
    ) == done.written


def test_a_link_that_was_taken_back_is_not_made_again_by_a_program() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    desk.enroll(2, replace(FIRST, hospital="h2"))
    desk.do(service.unlink, 1, 2)
    desk.enroll(2, replace(FIRST, hospital="h2", phone="+44 20 1111 2222"))

    assert ["linked", "unlinked"] == desk.kinds()
    assert [(1, 2)] == desk.waiting()


def test_two_who_were_confirmed_apart_are_not_asked_about_again() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    desk.enroll(2, replace(FIRST, is_multiple=True))
    desk.do(service.confirm_apart, 1, 2)
    desk.enroll(2, replace(FIRST, hospital="h2"))

    assert ["apart"] == desk.kinds()
    assert [] == desk.waiting()


def test_nobody_becomes_one_with_somebody_through_a_third() -> None:
    desk = strangers(3)
    desk.do(service.confirm_apart, 0, 1)
    desk.do(service.link, 0, 2)
    with pytest.raises(KnownApart):
        desk.do(service.link, 2, 1)

    assert ["apart", "linked"] == desk.kinds()


def test_a_person_may_change_their_mind_about_two_who_are_apart() -> None:
    desk = strangers(2)
    desk.do(service.confirm_apart, 0, 1)
    desk.do(service.link, 0, 1)

    assert 1 == len(set(desk.enterprises(0, 1)))


def test_what_is_linked_cannot_be_apart_and_what_is_not_cannot_be_unlinked() -> None:
    desk = strangers(3)
    desk.do(service.link, 0, 1)
    desk.do(service.link, 1, 2)
    with pytest.raises(StillLinked):
        desk.do(service.confirm_apart, 0, 2)
    with pytest.raises(NotLinked):
        desk.do(service.unlink, 0, 2)
    with pytest.raises(AlreadyLinked):
        desk.do(service.link, 0, 2)
    with pytest.raises(SameRecord):
        desk.do(service.link, 0, 0)
    with pytest.raises(UnknownPerson):
        desk.do(service.link, 0, 9)

    assert ["linked", "linked"] == desk.kinds()


@pytest.mark.parametrize("reason", ["", "  a ", "x" * 201])
def test_a_decision_needs_a_reason(reason: str) -> None:
    desk = strangers(2)
    with pytest.raises(BadReason):
        desk.do(service.link, 0, 1, reason)

    assert [] == desk.kinds()


"""THE LOG"""


def test_a_changed_event_is_noticed() -> None:
    desk = strangers(3)
    desk.do(service.link, 0, 1)
    desk.do(service.confirm_apart, 1, 2)
    first = desk.log()[0]
    with desk.node.sessions() as session, session.begin():
        row = session.get_one(t.Event, 1)
        row.event = row.event.replace(b'"linked"', b'"apart"')
    with pytest.raises(LinkLogDamaged) as damaged:
        desk.log()

    assert "1" == damaged.value.shown()["number"]
    assert Kind.LINKED.value == first.kind


def test_an_event_that_is_missing_is_noticed() -> None:
    desk = strangers(3)
    desk.do(service.link, 0, 1)
    desk.do(service.link, 1, 2)
    with desk.node.sessions() as session, session.begin():
        session.delete(session.get_one(t.Event, 1))
        session.execute(update(t.Event).values(number=1))
    with pytest.raises(LinkLogDamaged):
        desk.log()


def test_an_event_of_somebody_else_is_noticed() -> None:
    desk = strangers(2)
    desk.do(service.link, 0, 1)
    (event,) = desk.log()

    assert first_fault([sign(event, HOSPITAL.signing)]) is None
    assert 1 == first_fault([sign(event, SigningKey.generate())])
    assert 1 == first_fault([Signed(event, b"")])


def test_whoever_is_forgotten_is_not_found_and_the_log_stays_whole() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    desk.enroll(2, replace(FIRST, hospital="h2"), "Patient/p2")
    desk.enroll(3, replace(FIRST, hospital="h3", is_multiple=True))
    with desk.node.sessions() as session, session.begin():
        forget_person(session, RecordId(2))
    with desk.node.reading() as session:
        person = person_in(session, record_text(RecordId(1)), storage_key=KEY)
        found = {int(each.candidate.key, 16) for each in near(session, person, storage_key=KEY)}
        left = session.scalars(select(t.Blocked.record).where(t.Blocked.record.endswith("2"))).all()

    assert {1, 3} == found
    assert [] == left
    assert ["linked"] == desk.kinds()
    assert [(1, 3)] == desk.waiting()


"""ANY ORDER"""

DECISIONS = st.lists(
    st.tuples(st.sampled_from(("link", "unlink", "apart")), st.integers(0, 4), st.integers(0, 4)),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DECISIONS)
def test_after_any_decisions_people_are_what_the_last_word_on_each_pair_says(
    decisions: list[tuple[str, int, int]],
) -> None:
    desk = strangers(5)
    own = desk.enterprises(*range(5))
    edges: set[frozenset[int]] = set()
    apart: set[frozenset[int]] = set()
    for verb, left, right in decisions:
        pair, group = frozenset((left, right)), connected(edges, left)
        if verb == "link" and right not in group:
            others = {frozenset((a, b)) for a in group for b in connected(edges, right)}
            if (others & apart) - {pair}:
                with pytest.raises(KnownApart):
                    desk.do(service.link, left, right)
            else:
                desk.do(service.link, left, right)
                edges.add(pair)
                apart.discard(pair)
        elif verb == "unlink" and pair in edges:
            desk.do(service.unlink, left, right)
            edges.discard(pair)
        elif verb == "apart" and right not in group:
            desk.do(service.confirm_apart, left, right)
            apart.add(pair)

    expected = [own[min(connected(edges, number))] for number in range(5)]
    assert expected == desk.enterprises(*range(5))


def connected(edges: set[frozenset[int]], start: int) -> set[int]:
    found = {start}
    while more := {each for edge in edges if edge & found for each in edge} - found:
        found |= more
    return found
