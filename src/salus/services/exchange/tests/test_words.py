"""What is typed about offers and licenses: read exactly, or refused."""

from datetime import UTC, datetime, timedelta

import pytest

from salus.rights.consent.licensing.errors import NoSuchSection
from salus.rights.consent.licensing.model import Use
from salus.rights.revenue.errors import BadAmount
from salus.services.exchange.cli.words import (
    check_priced,
    mask_of,
    one_use,
    parse_days,
    parse_end,
    parse_prices,
    split_token,
)
from salus.services.exchange.errors import (
    BadUntil,
    MaskNotOffered,
    NotOwner,
    OutsideDuo,
    OutsideUses,
    Overlap,
    PriceAbove,
    UnclearDays,
    UnclearPrice,
    UnclearUse,
    UnknownLicense,
)
from salus.services.exchange.model import Kind

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LABORATORY, MEDICATIONS = 7, 4


def test_prices_are_units_a_day_for_each_section() -> None:
    texts = ["laboratory=0.50/day, medications=0.000001/day"]
    prices = parse_prices(texts, Kind.SUBSCRIPTION)

    assert prices == ((LABORATORY, 500_000), (MEDICATIONS, 1))
    assert parse_prices(["1000.25"], Kind.SALE) == ((0, 1_000_250_000),)
    check_priced("medications,laboratory", prices)
    with pytest.raises(UnclearPrice, match="medications"):
        check_priced("laboratory", prices)


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("laboratory=0.50", Kind.SUBSCRIPTION, UnclearPrice),
        ("laboratory", Kind.EXCLUSIVE, UnclearPrice),
        ("0.50/day", Kind.PERPETUAL, UnclearPrice),
        ("liver=1/day", Kind.SUBSCRIPTION, NoSuchSection),
        ("laboratory=-1/day", Kind.SUBSCRIPTION, BadAmount),
        ("laboratory=0/day", Kind.SUBSCRIPTION, BadAmount),
        ("laboratory=0.0000001/day", Kind.SUBSCRIPTION, BadAmount),
        ("1,2", Kind.SALE, UnclearPrice),
        ("", Kind.SALE, UnclearPrice),
        ("laboratory=1/day", Kind.SALE, BadAmount),
    ],
)
def test_a_price_that_is_none_is_refused(text: str, kind: Kind, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_prices([text], kind)


def test_days_sections_uses_and_tokens_are_read() -> None:
    assert (parse_days("30..365"), parse_days("90")) == ((30, 365), (90, 90))
    assert mask_of("laboratory,medications,laboratory") == 1 << LABORATORY | 1 << MEDICATIONS
    assert one_use("drug") is Use.DRUG
    assert split_token("5a10/laboratory") == ("5a10", LABORATORY)
    assert split_token("5a10") == ("5a10", 0)
    for text in ("", "x..y", "1..2..3"):
        with pytest.raises(UnclearDays):
            parse_days(text)
    for text in ("", "drug,academic"):
        with pytest.raises(UnclearUse):
            one_use(text)
    for text in ("5a10/", "5a10/liver"):
        with pytest.raises(NoSuchSection):
            split_token(text)


def test_an_offer_ends_on_a_day_to_come() -> None:
    assert parse_end("", NOW) == NOW + timedelta(days=365)
    assert parse_end("2026-12-31", NOW) > NOW + timedelta(days=33)
    for text in ("2026-11-27", "2037-01-01"):
        with pytest.raises(BadUntil):
            parse_end(text, NOW)


def test_refusals_speak_of_sections_days_and_amounts() -> None:
    record = 0xAB
    said = [
        Overlap(section=record << 8 | LABORATORY, until=1_796_774_400),
        PriceAbove(limit=1_000_000, price=2_500_000),
        MaskNotOffered(mask=1 << LABORATORY | 1 << MEDICATIONS),
        OutsideUses(use=11),
        OutsideDuo(term=21),
        UnknownLicense(license=0xF),
        NotOwner(token=record << 8, signer=b"\x01" * 20),
    ]
    texts = [str(each) for each in said]

    assert f"{record:032x}/laboratory is taken until 2026-12-09T00:00:00Z" in texts[0]
    assert texts[1] == "It costs 2.50 now, and at most 1.00 were to be paid."
    assert texts[2].endswith("medications, laboratory.")
    assert "marketing" in texts[3]
    assert "IRB" in texts[4]
    assert f"{0xF:032x}" in texts[5]
    assert "0x0101" in texts[6]
    assert f"{record:032x}." in texts[6]
