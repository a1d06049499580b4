"""A record is divided, its sections are rented, subscribed and sold, and earn by the second."""

from datetime import datetime, timedelta

from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.model import DAY, Gate, Section, Shares, accrued, legs
from tests.journeys.market import Market

SOCIAL, LABORATORY, GENOMICS = "demographics-and-social", "laboratory", "genomics"
OLD, NEW = b"12.0 g/dL", b"13.5 g/dL"


def divided(market: Market) -> tuple[str, str, str]:
    """The offers of the social section, of the laboratory and of the genome, which is sold."""
    market.says("divide", market.record, "--sections", f"{LABORATORY},{GENOMICS}")
    rental = ("--kind", "rental", "--days", "30..365")
    return (
        market.offer("", *rental, "--price", f"{SOCIAL}=2/day"),
        market.offer(f"/{LABORATORY}", "--price", f"{LABORATORY}=0.75/day"),
        market.offer(f"/{GENOMICS}", "--kind", "sale", "--price", "400"),
    )


def test_each_buyer_opens_its_part_in_its_format_and_nothing_else(market: Market) -> None:
    social, laboratory, genomics = divided(market)
    words = ("--days", "30", "--use", "quality")
    rented = ("--license", market.buy("rent", social, SOCIAL, *words, by="acme"))
    assert "exchange/overlap" == market.refuses(
        "rent", social, "--sections", SOCIAL, *words, "--as", "institute"
    )
    first = ("--license", market.subscribe(laboratory, "research"))
    second = ("--license", market.subscribe(laboratory, "institute"))
    sold = market.says("buy", genomics, "--as", "lab1")
    market.share(GENOMICS, "lab1")
    genome = market.opened(GENOMICS, "lab1", form="vcf")

    assert b'"Patient"' in market.opened(SOCIAL, "acme", *rented)
    assert OLD in market.opened(LABORATORY, "research", *first, form="csv")
    assert b"PAR1" == market.opened(LABORATORY, "institute", *second, form="parquet")[:4]
    assert genome.startswith(b"##fileformat=VCF")
    assert b"17\t43045712\t.\tC\tT" in genome
    assert (sold["state"], sold["section"]) == ("completed", GENOMICS)
    assert "custody/not-permitted" == market.refused(LABORATORY, "acme", *rented)
    assert "custody/not-permitted" == market.refused(SOCIAL, "research", *first)
    assert "custody/not-permitted" == market.refused(LABORATORY, "acme", *first)
    assert "custody/not-permitted" == market.refused(GENOMICS, "institute", *second)
    for section in (SOCIAL, LABORATORY, GENOMICS):
        assert market.opened(section, "subject")
    assert market.replays()


def test_who_sold_a_section_opens_it_no_more_and_its_patient_and_subscribers_do(
    market: Market,
) -> None:
    _, laboratory, _ = divided(market)
    license_ = ("--license", market.subscribe(laboratory, "institute"))
    sale = market.offer(f"/{LABORATORY}", "--kind", "sale", "--price", "300")
    market.says("buy", sale, "--as", "acme")
    market.share(LABORATORY, "acme")
    assert OLD in market.opened(LABORATORY, "acme")
    assert OLD in market.opened(LABORATORY, "institute", *license_)
    earned = market.owed("acme")
    market.wait(days=10)
    market.says("settle", market.record)
    resale = ("--kind", "sale", "--price", "350", "--as", "acme")
    market.says("buy", market.offer(f"/{LABORATORY}", *resale), "--as", "bank")

    assert market.owed("acme") - earned > 10 * 75 * UNIT // 100 * 7_000 // 10_000
    assert "custody/not-permitted" == market.refused(LABORATORY, "acme")
    assert OLD in market.opened(LABORATORY, "institute", *license_)
    assert OLD in market.opened(LABORATORY, "subject")
    assert market.replays()


def test_income_is_what_the_model_says_to_the_unit(market: Market) -> None:
    """One drops out between the two looks, at its midnight; the other pays on.

    The job of the day divides what there is after the first look, and the remainder stays.
    """
    offer = market.offer("", "--days", "1..365", "--price", f"{LABORATORY}=0.333333/day")
    rate, start = 333_333, market.now
    short_end = (start // DAY + 3) * DAY
    market.subscribe(offer, "research", days=2)
    market.subscribe(offer, "institute", days=90)
    stream = Section(0, 2 * rate, start, drops={short_end // DAY: rate})
    market.wait(days=1, hours=7, seconds=11)
    first, seen = accrued(1, stream, Gate(), market.now), market.income()
    market.wait(days=3, seconds=53)
    second = accrued(1, first.paid(), Gate(), market.now)
    said, found = market.says("settle", market.record), market.income()
    parts = [legs(each.payable, Shares(host=0)) for each in (first, second)]

    assert (first.payable, 2 * rate) == (seen["pending"], seen["rate_per_day"])
    assert (second.payable, rate) == (said["divided"], found["rate_per_day"])
    assert {
        "subject": sum(each.subject for each in parts),
        "source": sum(each.source for each in parts),
        "host": 0,
        "platform": sum(each.platform for each in parts),
        "lender": 0,
        "owner": sum(each.rest for each in parts),
    } == found["divided"]
    assert sum(each.subject + each.rest for each in parts) == market.owed("patient")


def test_a_version_reaches_subscribers_and_who_cancels_gets_the_rest_back(
    market: Market,
) -> None:
    offer = market.offer("", "--days", "1..365", "--price", f"{LABORATORY}=0.50/day")
    stays, leaves = market.subscribe(offer, "research"), market.subscribe(offer, "institute")
    paid = market.says("license", "show", leaves)["paid"]
    market.later(NEW.decode())
    assert NEW in market.opened(LABORATORY, "institute", "--license", leaves)
    end = market.says("license", "show", stays)["end"]
    renewed = market.says("renew", stays, "--days", "30", "--as", "research")["end"]
    assert timedelta(days=30) == datetime.fromisoformat(renewed) - datetime.fromisoformat(end)
    market.wait(days=4)
    canceled, midnight = market.says("cancel", leaves, "--as", "institute"), 12 * 3_600
    used = UNIT // 2 * (4 * DAY + midnight)

    assert NEW in market.opened(LABORATORY, "research", "--license", stays)
    assert paid - canceled["refunded"] == -(-used // DAY)
    assert canceled["refunded"] == market.owed("institute")
    assert NEW in market.opened(LABORATORY, "institute", "--license", leaves)
    market.wait(hours=12)
    assert "custody/not-permitted" == market.refused(LABORATORY, "institute", "--license", leaves)
    assert UNIT // 2 == market.rate(LABORATORY)
    assert market.replays()


def test_a_section_that_comes_back_to_its_record_earns_and_opens_as_before(
    market: Market,
) -> None:
    offer = market.offer("", "--price", f"{LABORATORY}=0.50/day")
    license_ = ("--license", market.subscribe(offer, "institute"))
    market.says("divide", market.record, "--sections", LABORATORY)
    assert {"record": "patient", LABORATORY: "patient"} == market.owners()
    market.wait(days=2)
    market.says("settle", market.record)
    first = market.owed("patient")
    market.says("recombine", market.record, "--sections", LABORATORY)
    market.says("custody", "renew", market.record, "--all")
    market.wait(days=2)
    market.says("settle", market.record)

    assert {"record": "patient"} == market.owners()
    assert 2 * first == market.owed("patient") > 0
    assert OLD in market.opened(LABORATORY, "institute", *license_)
    assert OLD in market.opened(LABORATORY, "subject")
    assert market.replays()
