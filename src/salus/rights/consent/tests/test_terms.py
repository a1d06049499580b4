"""The terms of a grant: what they cover, and what the ledger is told of them."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.rights.consent.model import DAY, Purpose, Terms, end_of, new_salt

BEGIN = datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)
READER, OTHER = Address(b"\x01" * 20), Address(b"\x02" * 20)
UNIT = UnitId(b"\x03" * 32)
SALT = Digest(b"\x04" * 32)
TERMS = Terms(
    record=RecordId(7),
    readers=(READER,),
    units=(UNIT,),
    purposes=("TREAT", "HPAYMT"),
    actions=("read",),
    not_before=BEGIN,
    not_after=BEGIN + timedelta(days=2),
    wording=Digest(bytes(32)),
)


def fault(terms: Terms = TERMS, **asked: Any) -> str | None:
    plain: dict[str, Any] = {"reader": READER, "unit": UNIT, "purpose": Purpose.TREAT, "at": BEGIN}
    return terms.fault(**plain | asked)


def test_what_the_terms_name_is_covered() -> None:
    assert fault() is None
    assert fault(purpose=Purpose.HPAYMT, at=BEGIN + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"reader": OTHER}, "another-reader"),
        ({"unit": UnitId(bytes(32))}, "another-section"),
        ({"purpose": Purpose.HRESCH}, "another-purpose"),
        ({"purpose": 4_000}, "another-purpose"),
        ({"at": BEGIN - timedelta(seconds=1)}, "outside-window"),
        ({"at": BEGIN + timedelta(days=2)}, "outside-window"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_terms_do_not_name_is_not(asked: dict[str, Any], expected: str) -> None:
    assert expected == fault(**asked)


def test_terms_without_the_action_do_not_cover_reading() -> None:
    assert fault(replace(TERMS, actions=("write",))) == "another-action"


def test_a_purpose_that_nobody_knows_covers_nothing() -> None:
    unknown = replace(TERMS, purposes=("SNOOPING",))

    assert fault(unknown) == "another-purpose"
    assert fault(replace(TERMS, purposes=("SNOOPING", "TREAT"))) is None


def another(value: Any) -> Any:
    """A value of the same kind that is not the same."""
    if isinstance(value, tuple):
        return value * 2
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    return value + 1 if isinstance(value, int) else b"\1" * 32


@pytest.mark.parametrize("name", [each.name for each in fields(Terms)])
def test_every_term_is_in_the_commitment(name: str) -> None:
    value = getattr(TERMS, name)
    changed = replace(TERMS, **{name: another(value)})

    assert TERMS.commitment(SALT) != changed.commitment(SALT)


def test_the_same_terms_look_different_under_another_salt() -> None:
    assert TERMS.commitment(SALT) == TERMS.commitment(SALT)
    assert TERMS.commitment(SALT) != TERMS.commitment(new_salt())


def test_a_purpose_is_one_bit() -> None:
    assert 0b101 == TERMS.purpose_bits()


moments = st.integers(0, 2**33).map(lambda at: datetime.fromtimestamp(at, UTC))


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(1, 10**8))
def test_the_ledger_sees_whole_days_around_the_window(begin: datetime, lasting: int) -> None:
    end = begin + timedelta(seconds=lasting)
    first, last = replace(TERMS, not_before=begin, not_after=end).days()

    assert (0, 0) == (first % DAY, last % DAY)
    assert first <= begin.timestamp() < first + DAY
    assert last - DAY < end.timestamp() <= last


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_date_means_the_end_of_that_day(hour: int) -> None:
    day = datetime(2026, 12, 31, hour, 59, tzinfo=UTC)

    assert datetime(2027, 1, 1, tzinfo=UTC) == end_of(day)
