"""kill -9 in what owners, licensees and buyers do: nothing is bought twice, no money is lost.

As in `test_kill_verbs`. A sale that a process died over is completed by the job of its source, with
the next commands that come by.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_kill_verbs import (
    CLOSED,
    LICENSED,
    Story,
    Verb,
    done_once,
    drawn,
    has,
    whole,
)
from tests.journeys.stage import answer, chart, record_of, run, written

UNIT = 1_000_000
MONEY = 5_000 * UNIT
OFFERED = ("offer", "RECORD", "--price", "laboratory=1/day", "--sublicenses", "1")
_TERM = ("--sections", "laboratory", "--days", "60")
_PART = ("--sections", "laboratory", "--days", "30")
SUBSCRIBED = ("subscribe", "1", *_TERM, "--use", "academic", "--as", "institute")
BOUGHT = (LICENSED, OFFERED, SUBSCRIBED)
FOR_SALE = (LICENSED, ("offer", "RECORD", "--kind", "sale", "--price", "400"))


def held(story: Story, name: str) -> int:
    """All that a party has, in its account or owed to it."""
    said = story.say("balance", "--as", name)
    return int(said["held"]) + int(said["owed"])


def own(story: Story) -> Any:
    """The license that the institute bought; its money is what it did not cost."""
    found = [each for each in story.say("license", "list") if not each["parent"]]
    assert len(found) <= 1
    spent = sum(each["paid"] - each["refunded"] for each in story.say("license", "list"))
    assert held(story, "institute") == MONEY - spent
    return found[0] if found else None


def is_own(**members: Any) -> Callable[[Story], bool]:
    """Whether the license is there and has these members."""
    return lambda story: members.items() <= (own(story) or {}).items()


def is_between(member: str, low: int, high: int) -> Callable[[Story], bool]:
    """Whether a sum of the license has come to whole units, once and not twice."""

    def done(story: Story) -> bool:
        found = own(story)[member]
        assert found < high * UNIT
        return bool(found > low * UNIT)

    return done


def is_given_on(story: Story) -> bool:
    own(story)
    return has(story, "license", "list", licensee="research")


def is_sold(story: Story) -> bool:
    """The money is the buyer's while the sale is open, or the seller's once it is completed."""
    story.say("sales")  # what is due is done behind it
    found = story.say("sales")
    assert len(found) <= 1
    cost = 400 * UNIT if found else 0
    assert held(story, "acme") == MONEY - cost
    return has(story, "sales", state="completed", receiver="acme")


def pruned(story: Story) -> None:
    story.say("prune", own(story)["license"])


def on_offer(*kinds: str) -> Callable[[Story], bool]:
    return lambda story: [each["kind"] for each in story.say("market")] == list(kinds)


VERBS = (
    Verb("offer", OFFERED, on_offer("subscription"), before=(LICENSED,)),
    Verb("close-offer", ("close-offer", "1"), on_offer(), before=(LICENSED, OFFERED)),
    Verb("subscribe", SUBSCRIBED, is_own(state="live"), before=(LICENSED, OFFERED)),
    Verb(
        "renew",
        ("renew", "KNOWN", "--days", "30", "--as", "institute"),
        is_between("paid", 80, 100),
        before=BOUGHT,
        known="license",
    ),
    Verb(
        "cancel",
        ("cancel", "KNOWN", "--as", "institute"),
        is_between("refunded", 28, 32),
        before=BOUGHT,
        known="license",
    ),
    Verb(
        "revoke-license",
        ("revoke-license", "KNOWN"),
        is_own(state="revoked"),
        before=BOUGHT,
        known="license",
    ),
    Verb("prune", (), is_own(state="closed"), before=(*BOUGHT, CLOSED), run=pruned),
    Verb(
        "sublicense",
        ("sublicense", "KNOWN", "--to", "research", *_PART, "--as", "institute"),
        is_given_on,
        before=BOUGHT,
        known="license",
    ),
    Verb("buy", ("buy", "1", "--as", "acme"), is_sold, before=FOR_SALE),
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A home with a record, and buyers who have money."""
    folder = tmp_path_factory.mktemp("exchange")
    home = folder / "home"
    assert run(home, "init").status == 0
    record = record_of(home, written(folder, "one.json", chart()))
    for name in ("institute", "acme"):
        answer(home, "money", "issue", "5000", "--to", name)
    return Story(home, record, "")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_what_is_bought_and_sold_is_done_once_or_not_at_all(
    verb: Verb, start: Story, tmp_path: Path
) -> None:
    ready = verb.prepared(start, tmp_path / "ready")
    steps = whole(verb, ready, tmp_path)

    for deadly in drawn(verb, steps):
        done_once(verb, ready, tmp_path, deadly)
