"""The terms of a grant: what they cover, and what the ledger is told of them."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.rights.consent.model import (
    DAY,
    NO_DOCUMENT,
    Clause,
    Effect,
    Period,
    Terms,
    end_of,
    new_salt,
)

BEGIN = datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)
READER = Address(b"\x01" * 20)
UNIT = UnitId(b"\x03" * 32)
SALT = Digest(b"\x04" * 32)
CLAUSE = Clause(
    readers=(READER,),
    units=(UNIT,),
    purposes=("TREAT", "HPAYMT"),
    labels=("R",),
    periods=(Period(BEGIN, BEGIN),),
    authors=("Practitioner/1",),
    ids=("Observation/1",),
)
TERMS = Terms(
    record=RecordId(7),
    effect=Effect.PERMIT,
    clause=CLAUSE,
    exceptions=(CLAUSE,),
    not_before=BEGIN,
    not_after=BEGIN + timedelta(days=2),
    max_reads=0,
    obligations=("REVIEW",),
    wording=Digest(bytes(32)),
    document=NO_DOCUMENT,
)


def another(value: Any) -> Any:
    """A value of the same kind that is not the same."""
    if isinstance(value, tuple):
        return value * 2
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, Clause):
        return replace(value, ids=())
    return value + 1 if isinstance(value, int) else b"\1" * 32


@pytest.mark.parametrize("name", [each.name for each in fields(Terms)])
def test_every_term_is_in_the_commitment(name: str) -> None:
    value = getattr(TERMS, name)
    changed = replace(TERMS, **{name: another(value)})

    assert TERMS.commitment(SALT) != changed.commitment(SALT)


@pytest.mark.parametrize("name", [each.name for each in fields(Clause)])
def test_every_part_of_the_clause_is_in_the_commitment(name: str) -> None:
    clause = replace(CLAUSE, **{name: getattr(CLAUSE, name) * 2})

    assert TERMS.commitment(SALT) != replace(TERMS, clause=clause).commitment(SALT)


def test_the_same_terms_look_different_under_another_salt() -> None:
    assert TERMS.commitment(SALT) == TERMS.commitment(SALT)
    assert TERMS.commitment(SALT) != TERMS.commitment(new_salt())


def test_a_purpose_that_nobody_knows_has_no_bit() -> None:
    assert replace(CLAUSE, purposes=("SNOOPING",)).purpose_bits() == 0


def test_a_purpose_is_one_bit() -> None:
    assert 0b101 == CLAUSE.purpose_bits()


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
