"""Links of records: who is linked at an import, what people decide, and taking it back."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from salus.kernel.ids import RecordId, record_text
from salus.rights.identity.matching import service
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.errors import (
    AlreadyLinked,
    BadReason,
    KnownApart,
    NotLinked,
    SameRecord,
    StillLinked,
    UnknownPerson,
)
from salus.rights.identity.matching.register import (
    find_known,
    near,
    person_in,
)
from salus.rights.identity.tests.enrolling import FIRST, HOSPITAL, KEY, Desk, strangers

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
