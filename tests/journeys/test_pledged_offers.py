"""What is offered of a pledged record takes the word of its lender, from file to file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.market import Market

MORE = ("--price", "genomics=1/day", "--days", "1..90")


def drafted(market: Market) -> Path:
    place = market.folder / "draft.json"
    market.says("offer", market.record, *MORE, "--draft", place)
    return place


def approved(market: Market, draft: Path, by: str = "bank") -> Path:
    place = market.folder / "approval.json"
    market.says("approve-offer", draft, "--as", by, "-o", place)
    return place


def changed(place: Path, **members: Any) -> Path:
    """A copy in which somebody wrote something else."""
    other = place.with_name(f"changed-{place.name}")
    other.write_text(json.dumps(json.loads(place.read_bytes()) | members))
    return other


def test_an_offer_of_a_pledge_is_posted_with_the_word_of_its_lender(pledgeable: Market) -> None:
    market = pledgeable
    market.borrow("400")
    assert "exchange/approval-missing" == market.refuses("offer", market.record, *MORE)
    draft = drafted(market)
    before = market.says("market")
    approval = approved(market, draft)
    posted = market.says("post-offer", approval)

    assert before == [each for each in market.says("market") if each["offer"] != posted["offer"]]
    assert {"genomics": 1_000_000} == posted["prices"]
    assert json.loads(approval.read_bytes())["agreement"] == posted["agreement"]
    license_ = market.subscribe(str(posted["offer"]), "institute", days=30, section="genomics")
    shown = market.says("license", "show", license_)
    assert "genomics 1.00" in shown["agreement_text"]["en"]
    assert "identity/nonce-used" == market.refuses("post-offer", approval)


def test_a_new_holder_of_the_note_agrees_and_nobody_else(pledgeable: Market) -> None:
    market = pledgeable
    loan = market.borrow("400")
    draft = drafted(market)
    old = approved(market, draft)
    market.says("lend", "sell-note", loan, "--to", "thrift", "--as", "bank")
    words = ("approve-offer", draft, "-o", market.folder / "no.json", "--as")

    assert "exchange/not-creditor" == market.refuses(*words, "bank")
    assert "exchange/not-creditor" == market.refuses(*words, "acme")
    assert "exchange/not-creditor" == market.refuses("post-offer", old)
    assert not (market.folder / "no.json").exists()
    assert market.says("post-offer", approved(market, draft, "thrift"))["seller"] == "patient"


def test_a_word_is_good_for_the_draft_of_this_home_and_for_its_days(pledgeable: Market) -> None:
    market = pledgeable
    market.borrow("400")
    draft = drafted(market)
    cheaper = approved(market, changed(draft, prices=[1]))
    assert "exchange/approval-damaged" == market.refuses("post-offer", cheaper)
    other = changed(draft, salt="0x" + "11" * 32)
    assert "exchange/unknown-draft" == market.refuses("post-offer", approved(market, other))
    good = approved(market, draft)
    market.wait(days=8)

    assert "exchange/expired" == market.refuses("post-offer", good)
    assert "exchange/approval-damaged" == market.refuses(
        "post-offer", changed(good, deadline=json.loads(good.read_bytes())["deadline"] + 10**6)
    )


def test_what_is_free_takes_no_word(pledgeable: Market) -> None:
    market = pledgeable
    place = market.folder / "draft.json"

    assert "exchange/not-pledged" == market.refuses("offer", market.record, *MORE, "--draft", place)
    assert not place.exists()


@pytest.mark.parametrize("verb", ["post-offer", "approve-offer"])
def test_what_is_no_such_file_is_named(pledgeable: Market, verb: str) -> None:
    market = pledgeable
    more = ("-o", market.folder / "out.json") if verb == "approve-offer" else ()
    junk = market.folder / "junk.json"
    junk.write_bytes(b"{}")

    assert "platform/file-trouble" == market.refuses(verb, market.folder / "none.json", *more)
    assert "kernel/bad-document" == market.refuses(verb, junk, *more)
