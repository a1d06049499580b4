"""What a referral commits to, and what its course means at a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, RecordId
from salus.services.care.model import Course, Letter, Paper, ReferralState, new_salt

SECOND = timedelta(seconds=1)
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LETTER = Letter(
    RecordId(7), Address(b"a" * 20), Address(b"b" * 20), ("laboratory",), '{"a":1}', '{"b":2}'
)
OPEN = {ReferralState.ACCEPTED, ReferralState.HANDED_DOWN}


def course(state: ReferralState) -> Course:
    return Course(state, AT, AT + timedelta(days=14), timedelta(days=3))


def test_a_commitment_is_the_tagged_hash_of_salt_and_letter() -> None:
    salt = new_salt()
    expected = H(TAG("salus/referral/1"), salt, canonical_bytes(LETTER))

    assert expected == LETTER.commitment(salt)


def test_the_same_letter_looks_different_in_each_referral() -> None:
    assert LETTER.commitment(new_salt()) != LETTER.commitment(new_salt())


@pytest.mark.parametrize(
    "changed",
    [
        {"record": RecordId(8)},
        {"referrer": LETTER.specialist},
        {"specialist": LETTER.referrer},
        {"sections": ("laboratory", "problems")},
        {"request": '{"a":2}'},
        {"task": '{"b":3}'},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_commitment_covers_every_member(changed: dict[str, object]) -> None:
    salt = Digest(bytes(32))

    assert LETTER.commitment(salt) != replace(LETTER, **changed).commitment(salt)  # type: ignore[arg-type]


def test_a_paper_of_one_referral_is_no_paper_of_another() -> None:
    salt, one, other = Digest(bytes(32)), Digest(b"1" * 32), Digest(b"2" * 32)

    assert Paper(one, "text").commitment(salt) != Paper(other, "text").commitment(salt)
    assert Paper(one, "text").commitment(salt) != Paper(one, "texts").commitment(salt)


@given(st.text(max_size=50), st.lists(st.text(max_size=10), max_size=3))
def test_a_letter_comes_back_from_its_bytes(request: str, sections: list[str]) -> None:
    letter = replace(LETTER, request=request, sections=tuple(sections))

    assert letter == parse(Letter, canonical_bytes(letter))


@pytest.mark.parametrize("state", set(ReferralState) - {ReferralState.CLOSED})
def test_it_holds_while_somebody_works_on_it(state: ReferralState) -> None:
    assert (state in OPEN) is course(state).holds(AT + timedelta(days=400))


def test_a_closed_one_holds_to_the_last_second_of_its_grace() -> None:
    closed = course(ReferralState.CLOSED)

    assert closed.holds(AT)
    assert closed.holds(AT + closed.grace - SECOND)
    assert not closed.holds(AT + closed.grace)


@pytest.mark.parametrize("state", ReferralState)
def test_only_what_waits_expires(state: ReferralState) -> None:
    found = course(state)

    assert not found.is_expired(found.deadline - SECOND)
    assert (state is ReferralState.SENT) is found.is_expired(found.deadline)


@pytest.mark.parametrize("state", ReferralState)
def test_only_what_was_accepted_is_overdue(state: ReferralState) -> None:
    found, limit = course(state), timedelta(days=30)

    assert not found.is_overdue(AT + limit - SECOND, limit)
    assert (state is ReferralState.ACCEPTED) is found.is_overdue(AT + limit, limit)
