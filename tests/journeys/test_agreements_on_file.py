"""An agreement on file is the one that was signed, or it is not: the ledger has its salted hash."""

from pathlib import Path

from tests.journeys.market import Market


def shown(market: Market) -> tuple[str, Path, str]:
    """A license, the file of its agreement, and the salt."""
    offer = market.offer("", "--price", "laboratory=0.50/day", "--days", "1..90")
    license_, place = market.subscribe(offer, "institute"), market.folder / "agreement.json"
    salt = market.says("license", "show", license_, "-o", place)["salt"]
    return license_, place, salt


def test_a_file_is_the_agreement_of_a_license(market: Market) -> None:
    """Two offers that say the same have one text, and a salt each."""
    license_, place, salt = shown(market)
    other = market.offer("", "--price", "laboratory=0.50/day", "--days", "1..90")
    both, one = (market.says("license", "check", place, *words) for words in ((), ("--salt", salt)))

    assert [license_] == both["licenses"] == one["licenses"]
    assert [1, int(other)] == both["offers"]
    assert [1] == one["offers"]


def test_a_text_that_was_changed_is_not(market: Market) -> None:
    _, place, salt = shown(market)
    changed = market.folder / "changed.json"
    changed.write_bytes(place.read_bytes().replace(b"0.50", b"0.49"))
    wrong = "0x" + "ab" * 32

    for words in ((changed,), (changed, "--salt", salt), (place, "--salt", wrong)):
        assert "exchange/agreement-unknown" == market.refuses("license", "check", *words)
    assert "exchange/agreement-unknown" == market.refuses(
        "license", "check", place, "--salt", "0xab"
    )
    assert "platform/file-trouble" == market.refuses("license", "check", place / "none")
