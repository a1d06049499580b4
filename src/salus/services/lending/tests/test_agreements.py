"""What people write and sign: percents, modes, and the text of an agreement."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest
from salus.services.lending.agreement import Agreement, agreement_of
from salus.services.lending.errors import BadTerm, UnknownMode
from salus.services.lending.model import LoanOffer, Mode
from salus.services.lending.words import parse_mode, parse_percent, percent

SALT = Digest(b"\x07" * 32)
OFFER = LoanOffer(Address(bytes(20)), 0xABC << 8, Digest(bytes(32)), 400_000_000, Digest(bytes(32)))


@given(st.integers(0, 99_999))
def test_a_percent_is_read_as_it_is_written(bps: int) -> None:
    assert bps == parse_percent(percent(bps), "--apr")


@pytest.mark.parametrize("text", ["", "x", "-1", "1.234", "1e2", "1,5", "1000", "12 5 %%"])
def test_what_is_no_percent_is_refused(text: str) -> None:
    with pytest.raises(BadTerm):
        parse_percent(text, "--apr")


def test_a_mode_has_one_of_three_names() -> None:
    assert list(Mode) == [parse_mode(name) for name in ("Fruits", "amortize", " SWEEP ")]
    with pytest.raises(UnknownMode):
        parse_mode("gift")


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("trigger", [0, 7_500])
@pytest.mark.parametrize("covenant", [0, 1_500_000])
def test_every_agreement_is_whole_in_both_languages(
    mode: Mode, trigger: int, covenant: int
) -> None:
    offer = replace(
        OFFER,
        mode=mode,
        split_bps=5_000,
        warn_bps=trigger and 6_000,
        liquidation_bps=trigger,
        covenant_rate_per_day=covenant,
    )
    made = agreement_of(offer, "bank", SALT)

    for text in (made.english, made.chinese):
        assert not set("{}") & set(text)
        assert "400.00" in text
        assert "bank" in text
        assert ("75 %" in text) == bool(trigger)
        assert ("1.50" in text) == bool(covenant)
        assert ("50 %" in text) == (mode is Mode.SWEEP)


def test_an_agreement_is_bound_by_its_texts_and_its_salt() -> None:
    made = agreement_of(OFFER, "bank", SALT)
    others = (
        agreement_of(replace(OFFER, apr_bps=1), "bank", SALT),
        agreement_of(OFFER, "thrift", SALT),
        agreement_of(OFFER, "bank", Digest(b"\x08" * 32)),
        replace(made, chinese=""),
        Agreement(made.chinese, made.english, SALT),
    )

    assert made.hash() == agreement_of(OFFER, "bank", SALT).hash()
    assert made.hash() not in {each.hash() for each in others}
