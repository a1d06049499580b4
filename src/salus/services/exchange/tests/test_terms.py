"""Quotes, renewals, cancellations and overlaps: paid time is never lost (I13, I15)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.rights.consent.licensing.model import Duo, Region, Use
from salus.rights.revenue.model import DAY, PERPETUAL_DAY, ceil_day, refund
from salus.services.exchange.errors import (
    BadPrices,
    BadSublicense,
    Expired,
    MaskNotOffered,
    NotCancelable,
    NotLicensable,
    OfferClosed,
    Overlap,
    TermOutOfRange,
    TooDeep,
)
from salus.services.exchange.model import (
    Flag,
    Kind,
    Offer,
    cancel_end,
    check_offer,
    check_overlap,
    move_end,
    quote,
    renewal,
    sublicense,
)

NOW = 20_000 * DAY + 43_200
LABORATORY, MEDICATIONS = 1 << 7, 1 << 4
OFFER = Offer(
    id=3,
    token=0x1234 << 8,
    mask=LABORATORY | MEDICATIONS,
    kind=Kind.SUBSCRIPTION,
    prices=(1_000, 3),
    uses=Use.ACADEMIC,
    regions=Region.ANY,
    duo=1 << Duo.GRU,
    until=NOW + 100 * DAY,
    seller=Address(b"s" * 20),
    agreement_hash=Digest(bytes(32)),
    sublicense_depth=2,
    sublicense_bps=3_333,
)
SALE = replace(OFFER, kind=Kind.SALE, mask=0, prices=(777,))
PERPETUAL = replace(OFFER, kind=Kind.PERPETUAL)
times = st.integers(NOW, NOW + 99 * DAY)
days = st.integers(30, 365)


@given(times, days, st.sampled_from([LABORATORY, MEDICATIONS, LABORATORY | MEDICATIONS]))
def test_a_quote_ends_at_a_midnight_and_pays_every_second(now: int, term: int, mask: int) -> None:
    found = quote(OFFER, mask, term, now)

    assert found.end % DAY == 0
    assert now + term * DAY <= found.end < now + (term + 1) * DAY
    assert found.rate_per_day == OFFER.rate_per_day(mask)
    assert (found.price - 1) * DAY < found.rate_per_day * (found.end - now) <= found.price * DAY


def test_prices_belong_to_the_sections_by_ascending_code() -> None:
    assert OFFER.rates(OFFER.mask) == ((4, 1_000), (7, 3))
    assert quote(OFFER, LABORATORY, 30, NOW).rate_per_day == 3


def test_a_perpetual_license_costs_a_term_of_360_days_and_a_sale_its_price() -> None:
    perpetual = quote(PERPETUAL, LABORATORY, 0, NOW)

    assert perpetual.price == 360 * 3 + 2
    assert perpetual.end == ceil_day(NOW + 360 * DAY)
    assert quote(SALE, 0, 0, NOW).price == 777


@pytest.mark.parametrize(
    ("offer", "mask", "term", "now", "error"),
    [
        (OFFER, LABORATORY, 30, OFFER.until, OfferClosed),
        (OFFER, 0, 30, NOW, MaskNotOffered),
        (OFFER, 1 << 8, 30, NOW, MaskNotOffered),
        (replace(OFFER, flags=Flag.WHOLE), LABORATORY, 30, NOW, MaskNotOffered),
        (SALE, LABORATORY, 0, NOW, MaskNotOffered),
        (OFFER, LABORATORY, 29, NOW, TermOutOfRange),
        (OFFER, LABORATORY, 366, NOW, TermOutOfRange),
        (PERPETUAL, LABORATORY, 30, NOW, TermOutOfRange),
    ],
)
def test_what_is_not_offered_has_no_quote(
    offer: Offer, mask: int, term: int, now: int, error: type[SalusError]
) -> None:
    with pytest.raises(error):
        quote(offer, mask, term, now)


@pytest.mark.parametrize(
    ("offer", "error"),
    [
        (replace(OFFER, until=NOW), Expired),
        (replace(OFFER, mask=1 << 14), NotLicensable),
        (replace(OFFER, mask=1), NotLicensable),
        (replace(OFFER, mask=0), MaskNotOffered),
        (replace(SALE, mask=LABORATORY), MaskNotOffered),
        (replace(OFFER, prices=(1,)), BadPrices),
        (replace(SALE, prices=()), BadPrices),
        (replace(OFFER, min_days=0), TermOutOfRange),
        (replace(OFFER, min_days=31, max_days=30), TermOutOfRange),
        (replace(OFFER, max_days=1_096), TermOutOfRange),
        (replace(OFFER, sublicense_depth=4), BadSublicense),
        (replace(OFFER, sublicense_bps=10_001), BadSublicense),
    ],
)
def test_an_offer_that_cannot_be_is_refused(offer: Offer, error: type[SalusError]) -> None:
    with pytest.raises(error):
        check_offer(offer, NOW)
    check_offer(OFFER, NOW)
    check_offer(SALE, NOW)


@given(times, days, st.integers(0, 800 * DAY))
def test_renewing_never_shortens_and_loses_no_paid_second(now: int, term: int, later: int) -> None:
    first = quote(OFFER, LABORATORY, term, now)
    at = min(now + later, OFFER.until - 1)
    found = renewal(OFFER, LABORATORY, first.end, 30, at)

    assert found.end >= max(first.end, at) + 30 * DAY
    assert found.price * DAY >= found.rate_per_day * (found.end - max(first.end, at))
    if at < first.end:
        assert found.end == first.end + 30 * DAY
        assert found.price == 30 * found.rate_per_day


def test_nothing_is_renewed_under_a_closed_offer_or_for_ever() -> None:
    with pytest.raises(OfferClosed):
        renewal(OFFER, LABORATORY, NOW, 30, OFFER.until)
    with pytest.raises(TermOutOfRange):
        renewal(PERPETUAL, LABORATORY, NOW, 0, NOW)
    with pytest.raises(TermOutOfRange):
        move_end((PERPETUAL_DAY - 30) * DAY, 30, NOW)


@given(days, st.integers(0, 400 * DAY))
def test_canceling_ends_at_a_later_midnight_after_the_shortest_term(term: int, later: int) -> None:
    end = quote(OFFER, LABORATORY, term, NOW).end
    at = NOW + later
    try:
        moved = cancel_end(9, OFFER, NOW, end, at)
    except NotCancelable:
        assert end <= max(at + DAY, NOW + 31 * DAY)
        return

    assert moved % DAY == 0
    assert at < moved < end
    assert moved >= NOW + 30 * DAY
    assert refund(3, end, moved) == 3 * (end - moved) // DAY


def test_at_midnight_the_next_one_is_meant() -> None:
    midnight = ceil_day(NOW + 40 * DAY)

    assert cancel_end(9, OFFER, NOW, midnight + 5 * DAY, midnight) == midnight + DAY
    with pytest.raises(NotCancelable):
        cancel_end(9, PERPETUAL, NOW, midnight + 5 * DAY, midnight)


def test_who_rents_alone_is_alone() -> None:
    with pytest.raises(Overlap) as told:
        check_overlap(Kind.SUBSCRIPTION, {1: NOW, 2: NOW + 1}, {}, NOW)

    assert told.value.details == {"section": 2, "until": NOW + 1}
    check_overlap(Kind.SUBSCRIPTION, {1: NOW, 2: 0}, {1: PERPETUAL_DAY}, NOW)


def test_an_exclusive_term_waits_for_all_who_share() -> None:
    day = NOW // DAY + 1
    with pytest.raises(Overlap):
        check_overlap(Kind.EXCLUSIVE, {1: 0}, {1: day}, NOW)
    check_overlap(Kind.EXCLUSIVE, {1: 0}, {1: day}, day * DAY)


def test_a_sublicense_pays_its_part_rounded_up_for_each_section() -> None:
    end = ceil_day(NOW + 90 * DAY)
    found = sublicense(
        OFFER, OFFER.mask, 30, parent_mask=OFFER.mask, parent_end=end, depth=1, now=NOW
    )

    assert found.rate_per_day == 334 + 1


@pytest.mark.parametrize(
    ("mask", "term", "depth", "error"),
    [
        (MEDICATIONS, 30, 1, MaskNotOffered),
        (0, 30, 1, MaskNotOffered),
        (LABORATORY, 0, 1, TermOutOfRange),
        (LABORATORY, 91, 1, TermOutOfRange),
        (LABORATORY, 30, 3, TooDeep),
    ],
)
def test_a_sublicense_has_no_more_than_its_parent(
    mask: int, term: int, depth: int, error: type[SalusError]
) -> None:
    end = ceil_day(NOW + 90 * DAY)
    with pytest.raises(error):
        sublicense(OFFER, mask, term, parent_mask=LABORATORY, parent_end=end, depth=depth, now=NOW)
