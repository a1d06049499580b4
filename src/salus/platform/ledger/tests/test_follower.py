"""The follower and the wait for finality."""

from collections.abc import Sequence

import pytest

from salus.platform.ledger import Block, DecodedEvent, follow, follower, settled
from salus.platform.ledger.errors import NotFinal
from salus.platform.ledger.tests.ledgered import ANCHOR, deployed, new_ledger


class Kept:
    """An index that remembers what it was given."""

    def __init__(self) -> None:
        self.steps: list[tuple[list[str], int]] = []

    def cursor(self) -> int:
        return self.steps[-1][1] if self.steps else -1

    def apply(self, events: Sequence[DecodedEvent], upto: Block) -> None:
        self.steps.append(([event.name for event in events], upto.number))


def test_each_event_is_applied_once_in_order() -> None:
    with new_ledger() as ledger:
        contract, index = deployed(ledger), Kept()
        ledger.submit([contract.call("anchor", *ANCHOR), contract.call("note", "x")])
        follow(ledger, {"Ledgered": contract}, index)
        follow(ledger, {"Ledgered": contract}, index)
        ledger.submit([contract.call("gone", 1), contract.call("anchor", *ANCHOR)])
        final = follow(ledger, {"Ledgered": contract}, index)

        assert index.steps == [(["Anchored", "Noted", "Noted"], 2), (["Anchored"], 3)]
        assert final == ledger.head()


def test_long_way_is_gone_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BLOCKS", 2)
    with new_ledger() as ledger:
        contract, index = deployed(ledger), Kept()
        for _ in range(4):
            ledger.submit([contract.call("anchor", *ANCHOR)])
        follow(ledger, {"Ledgered": contract}, index)

        assert index.steps == [([], 1), (["Anchored"] * 2, 3), (["Anchored"] * 2, 5)]


def test_wait_ends_with_what_is_missing() -> None:
    with new_ledger() as ledger, pytest.raises(NotFinal):
        settled(ledger, [bytes(32)], wait_seconds=0)
