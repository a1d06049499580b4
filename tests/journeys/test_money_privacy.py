"""A marked record is licensed, sold and pledged, and nothing of its patient stands outside.

Beside the forms of a text, its hashes are looked for: whoever guesses the text would know them.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import Event
from salus.platform.node import open_node
from salus.rights.records.ledger import token_of
from salus.rights.records.service import find_record
from tests.journeys.market import SECTIONS, Market, built, noon_after, ripe
from tests.journeys.stage import made_up
from tests.journeys.test_privacy import MARKER, PLACES, found, found_in_logs

DISEASE = "Wrenthorpe"
"""That of an offer for research on one disease; it stands in its agreement and nowhere else."""
_SHORTEST = 7  # letters of a text that do not stand in random bytes by chance


@pytest.fixture(scope="module")
def traded(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A marked record that was subscribed, pledged, repaid, sold and closed."""
    folder = tmp_path_factory.mktemp("traded")
    home, record = built(founded, folder, *made_up(folder, count=1, marker=MARKER).all())
    market = Market(home, ManualClock(noon_after(SystemClock().now())), record, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("salus.platform.node.SystemClock", lambda: market.clock)
        ripe(market)
        _lived(market)
        yield market


def _lived(market: Market) -> None:
    market.says("licensing", "set", market.record, "--sections", SECTIONS, "--duo", "GRU,DS")
    study = ("--duo", "DS", "--disease", f"{DISEASE} disease")
    offer = market.offer("", *study, "--price", "allergies=1/day")
    license_ = market.subscribe(offer, "institute", section="allergies")
    assert MARKER.encode() in market.opened("allergies", "institute", "--license", license_)
    loan = market.borrow("500")
    market.says("lend", "sell-note", loan, "--to", "acme", "--as", "bank")
    market.says("withdraw", "--record", market.record)
    market.says("repay", loan, "--all", "--as", "acme")
    market.says("divide", market.record, "--sections", "genomics")
    sale = market.offer("/genomics", "--kind", "sale", "--price", "250", "--duo", "GRU")
    market.says("buy", sale, "--as", "acme")
    market.says("revoke-license", license_)
    market.says("licensing", "close", market.record, "--sections", "laboratory")
    market.refused("allergies", "institute", "--license", license_)
    market.refuses(
        "rent", "1", "--sections", "kidneys", "--days", "9", "--use", "x", "--as", "acme"
    )


def events(market: Market) -> list[Event]:
    with open_node(market.home) as node:
        places = [each.address for each in node.contracts.values()]
        return list(node.ledger.events(first=0, last=node.ledger.head().number, contracts=places))


def texts(market: Market) -> set[str]:
    """Every text of the patient's file."""
    (place,) = market.folder.glob("patient-*.json")
    return {each for each in _leaves(json.loads(place.read_bytes())) if len(each) >= _SHORTEST}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("marker", [MARKER, DISEASE])
def test_nothing_of_the_patient_stands_in_it(traded: Market, place: str, marker: str) -> None:
    assert found(traded.home / place, marker) == []


def test_nothing_stands_in_a_log_and_the_source_keeps_no_text_of_the_patient(
    traded: Market,
) -> None:
    assert found_in_logs(traded.home) == []
    assert found(traded.home / "node") == []
    assert DISEASE in json.dumps(_agreements(traded))
    assert MARKER not in json.dumps(_agreements(traded))


def _agreements(market: Market) -> list[Any]:
    licenses = market.says("license", "list")
    return [market.says("license", "show", each["license"]) for each in licenses]


def test_events_hold_no_text_and_no_hash_of_one(traded: Market) -> None:
    seen = [b"".join([*each.topics, each.body]) for each in events(traded)]
    guesses = [
        form
        for text in {*texts(traded), MARKER, DISEASE, f"{DISEASE} disease"}
        for form in (text.encode(), sha256(text.encode()).digest(), keccak256(text.encode()))
    ]
    whole = b"\0".join(seen)

    assert len(seen) > 100
    assert len(guesses) > 1_000
    assert [form for form in guesses if form in whole] == []


def test_an_agreement_is_on_the_ledger_as_a_salted_hash_only(traded: Market) -> None:
    whole = b"".join(each.body for each in events(traded))
    for shown in _agreements(traded):
        bare = [shown["agreement_text"][each].encode() for each in ("en", "zh-Hans")]
        assert bytes.fromhex(shown["agreement"][2:]) in whole
        assert bytes.fromhex(shown["salt"][2:]) not in whole
        assert [sha256(each).digest() in whole for each in bare] == [False, False]


def test_addresses_of_tokens_say_nothing(traded: Market) -> None:
    """Wallets and markets ask tokens for the address of a page; ours have none."""
    with open_node(traded.home) as node:
        with node.reading() as session:
            record = find_record(session, traded.record)
        at, registry = node.ledger.final(), node.contracts["RecordRegistry"]
        asked = [registry.call("tokenURI", token_of(record, code)) for code in (0, 12)]
        said = [registry.result("tokenURI", each) for each in node.ledger.call(asked, at=at)]

    assert ["", ""] == said
