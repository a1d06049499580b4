"""To whom what went: windows of days, repeats, and what the law would leave out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from salus.kernel.ids import NOBODY, Address
from salus.rights.consent.audit.accounting import Window, account, window
from salus.rights.consent.audit.errors import BadDates
from salus.rights.consent.audit.model import Act, Basis, Entry, Part
from salus.rights.consent.audit.tests.lines import AT, READER, act, log_of

NOW = datetime(2026, 7, 1, 12, 30, 0, 250_000, tzinfo=UTC)


def entries(*acts: Act) -> list[Entry]:
    return [line.entry() for line in log_of(*acts)]


def at(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


def test_without_days_it_is_the_last_six_years_until_now() -> None:
    span = window("", "", now=NOW)

    assert span.first == at(datetime(2020, 7, 1, tzinfo=UTC))
    assert span.holds(at(NOW))
    assert not span.holds(at(NOW) + 1)
    assert not span.holds(span.first - 1)


def test_six_years_before_a_leap_day_begin_in_march() -> None:
    span = window("", "", now=datetime(2028, 2, 29, 5, tzinfo=UTC))

    assert span.first == at(datetime(2022, 3, 1, tzinfo=UTC))


def test_named_days_are_whole() -> None:
    span = window("2026-01-31", "2026-02-01", now=NOW)

    assert span == Window(
        at(datetime(2026, 1, 31, tzinfo=UTC)), at(datetime(2026, 2, 2, tzinfo=UTC))
    )


@pytest.mark.parametrize(
    "days", [("soon", ""), ("", "2026-13-01"), ("2026-02-02", "2026-01-31"), ("", "9999-12-31")]
)
def test_days_that_cannot_be_are_refused(days: tuple[str, str]) -> None:
    with pytest.raises(BadDates):
        window(*days, now=NOW)


def test_repeats_for_one_purpose_are_one_line() -> None:
    (made,) = account(entries(act(at=AT), act(at=AT + 5), act(at=AT + 9)))

    assert (made.first, made.last, made.count) == (AT, AT + 9, 3)
    assert made.recipient == READER.organization
    assert made.sections == (7,)


def test_another_purpose_recipient_or_section_is_a_line_of_its_own() -> None:
    other = replace(READER, organization=Address(b"\x0a" * 20))
    parts = (*act().parts, Part(act().parts[0].unit, 3, 0))
    made = account(
        entries(act(at=AT + 9), act(at=AT, purpose="HRESCH"), act(actor=other), act(parts=parts))
    )

    assert len(made) == 4
    assert made[0].first == AT
    assert [each.count for each in made] == [1, 1, 1, 1]
    assert {each.sections for each in made} == {(7,), (3, 7)}


def test_what_the_law_leaves_out_is_marked() -> None:
    subject = replace(READER, role="subject", organization=NOBODY)
    delegate = replace(READER, role="delegate", organization=NOBODY)
    bare = Basis("permit", "delegate")
    made = account(
        entries(
            act(at=1),
            act(at=2, purpose="HRESCH"),
            act(at=3, purpose="PATRQT", actor=subject, basis=bare),
            act(at=4, purpose="PUBHLTH", basis=bare),
            act(at=5, purpose="PATRQT", actor=delegate, basis=bare),
        )
    )

    assert [each.exemption for each in made] == [
        "treatment-payment-operations",
        "authorized-by-the-patient",
        "to-the-patient",
        "",
        "",
    ]
    assert made[2].recipient == subject.key
