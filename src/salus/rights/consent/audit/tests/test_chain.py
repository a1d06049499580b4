"""Nothing in a log can be changed, moved, added or taken out without being found."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from salus.kernel.ids import Address
from salus.kernel.merkle import leaf_hash, root, verify_consistency
from salus.rights.consent.audit.model import Fault, Line, Link, faults, leaf_of
from salus.rights.consent.audit.service import (
    end_of,
    erase,
    extends,
    head_of,
    leaves,
    lines,
    verify,
)
from salus.rights.consent.audit.tests.lines import (
    NODE,
    OTHER,
    RECORD,
    act,
    database,
    log_of,
    whole,
    write,
)
from salus.rights.notary.model import audit_leaf

LINES = 6
LOG = log_of(*(act(at=number) for number in range(LINES)))
FIELDS = ("subject", "salt", "content", "leaf")


def found(log: list[Line]) -> list[Fault]:
    return list(faults(log, NODE))


def test_an_untouched_log_has_no_fault() -> None:
    assert found(LOG) == []
    assert found([]) == []


@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, LINES - 1))
    name = data.draw(st.sampled_from(FIELDS))
    before = getattr(LOG[at], name)
    place = data.draw(st.integers(0, len(before) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = before[:place] + bytes([before[place] ^ bit]) + before[place + 1 :]
    log = [*LOG[:at], replace(LOG[at], **{name: changed}), *LOG[at + 1 :]]

    assert found(log)
    assert found(log)[0].sequence == at + 1


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, LINES - 1), new=st.binary(min_size=1, max_size=16))
def test_a_line_that_is_written_anew_breaks_the_next(at: int, new: bytes) -> None:
    content = LOG[at].content.replace(b'"TREAT"', b'"' + new.hex().encode() + b'"')
    forged = replace(LOG[at], content=content, leaf=leaf_of(LOG[at].salt, content))
    log = [*LOG[:at], forged, *LOG[at + 1 :]]
    expected = [] if at == LINES - 1 else [Fault(at + 2, "unchained")]

    assert found(log) == expected


@given(at=st.integers(0, LINES - 2))
def test_a_line_that_is_taken_out_is_found(at: int) -> None:
    assert found([*LOG[:at], *LOG[at + 1 :]])[0] == Fault(at + 2, "gap")


@given(first=st.integers(0, LINES - 2))
def test_lines_that_change_places_are_found(first: int) -> None:
    log = [*LOG[:first], LOG[first + 1], LOG[first], *LOG[first + 2 :]]

    assert found(log)[0].reason == "gap"


def test_the_log_of_another_node_is_found() -> None:
    assert next(faults(LOG, Address(b"\x09" * 20))) == Fault(1, "misplaced")


def test_a_log_is_checked_from_where_it_was_checked_before() -> None:
    last = Link(LOG[2].sequence, leaf_of(LOG[2].salt, LOG[2].content))

    assert list(faults(LOG[3:], NODE, last)) == []
    assert next(faults(LOG[3:], NODE)).reason == "gap"


def test_leaf_data_is_80_salt_content_and_a_head_is_47() -> None:
    line = LOG[0]

    assert line.leaf == leaf_hash(b"\x80" + line.salt + line.content)
    assert audit_leaf(NODE, 5, bytes(32)) == b"\x47" + NODE + bytes(7) + b"\x05" + bytes(32)


"""THE TABLE"""


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE sequence = 2",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET content = :zero",
        "UPDATE audit_entry SET leaf = :zero WHERE sequence = 1",
        "UPDATE audit_entry SET subject = :zero, salt = NULL",
        "UPDATE audit_entry SET salt = :zero",
        "UPDATE audit_entry SET sequence = 9, salt = NULL WHERE sequence = 3",
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE sequence = 1",
        "REPLACE INTO audit_entry VALUES (2, :zero, :zero, :zero, :zero)",
        "INSERT INTO audit_entry VALUES (0, :zero, :zero, :zero, :zero)",
    ],
)
def test_the_table_only_grows(statement: str) -> None:
    made = database()
    if made.is_server and "REPLACE" in statement:
        pytest.skip("only SQLite has this statement")
    write(made, act(), act(), act())
    zero = {"zero": bytes(1)} if ":zero" in statement else {}
    with made.write() as session, pytest.raises(IntegrityError, match="only grows"):
        session.execute(text(statement), zero)
    with made.read() as session:
        assert found(whole(session)) == []
        assert end_of(session).sequence == 3


def test_logs_continue_where_they_ended() -> None:
    made = database()
    write(made, act(), act(OTHER))
    write(made, act())
    write(made)
    with made.read() as session:
        log = whole(session)

        assert [line.sequence for line in log] == [1, 2, 3]
        assert list(verify(session, NODE)) == []
        assert log[0].subject == log[2].subject != log[1].subject
        assert [line.sequence for line in lines(session, RECORD)] == [1, 3]
        assert [line.sequence for line in lines(session, RECORD, after=1, most=1)] == [3]


def test_a_line_holds_no_handle_and_its_pseudonym_is_of_one_log() -> None:
    one, other = log_of(act()), log_of(act())

    assert f"{RECORD:032x}".encode() not in one[0].content
    assert one[0].subject != other[0].subject
    assert one[0].salt != other[0].salt


def test_an_erasure_takes_the_salts_and_the_name_and_leaves_the_chain() -> None:
    made = database()
    write(made, act(), act(OTHER), act())
    with made.read() as session:
        before = whole(session)
    with made.write() as session, session.begin():
        erase(session, RECORD)
        erase(session, RECORD)
    write(made, act(OTHER))
    with made.read() as session:
        log = whole(session)

        assert list(verify(session, NODE)) == []
        assert [bool(line.salt) for line in log] == [False, True, False, True]
        assert [line.leaf for line in log[:3]] == [line.leaf for line in before]
        assert list(lines(session, RECORD)) == []


def test_the_place_of_an_erased_line_is_still_checked() -> None:
    bare = [replace(line, salt=b"") for line in LOG]
    moved = [bare[1], bare[0], *bare[2:]]

    assert found(bare) == []
    assert found(moved)[0].reason == "gap"
    assert found([replace(bare[0], leaf=secrets.token_bytes(32)), *bare[1:]])[0].sequence == 2


"""HEADS"""


@settings(max_examples=30, deadline=None)
@given(sizes=st.tuples(st.integers(1, 40), st.integers(0, 40)))
def test_a_head_extends_every_head_before_it(sizes: tuple[int, int]) -> None:
    first, more = sizes
    made = database()
    write(made, *(act() for _ in range(first)))
    with made.read() as session:
        old = head_of(leaves(session))
    write(made, *(act() for _ in range(more)))
    with made.read() as session:
        known = leaves(session)
        new = head_of(known)

        assert leaves(session, first) == known[:first]
    proof = extends(known, old.size)

    assert verify_consistency(old.size, old.root, new.size, new.root, proof)
    assert new.root == root(known)


def test_an_empty_log_has_a_head_of_zeros() -> None:
    head = head_of([])

    assert (head.size, head.root) == (0, bytes(32))
    assert extends([], 0) == ()
