"""What a ledger has answered at a block is asked for once, and never taken for another block."""

from datetime import UTC, datetime
from itertools import count
from sys import modules

import pytest

from salus.kernel.clock import ManualClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, EmbeddedLedger, remembered
from salus.platform.ledger.remembered import Remembered

FIRST, SECOND = Block(1, b"\x01" * 32, 10), Block(1, b"\x02" * 32, 10)


def test_an_answer_is_asked_for_once_at_a_block_and_again_at_another() -> None:
    numbers, held = count(1), Remembered()

    def answer(at: Block) -> int:
        return held.take(at, "balance", lambda: next(numbers))

    answers = [answer(FIRST), answer(FIRST), answer(SECOND), answer(FIRST)]

    assert answers == [1, 1, 2, 1]


def test_what_was_refused_is_asked_for_again() -> None:
    held = Remembered()

    def refuse() -> int:
        raise KeyError

    with pytest.raises(KeyError):
        held.take(FIRST, "balance", refuse)

    assert held.take(FIRST, "balance", lambda: 7) == 7


def test_only_so_many_blocks_and_answers_are_held() -> None:
    held = Remembered(blocks=1, answers=1)
    held.take(FIRST, "a", lambda: 1)
    held.take(FIRST, "b", lambda: 2)

    assert held.take(FIRST, "a", lambda: 3) == 1
    assert held.take(FIRST, "b", lambda: 4) == 4
    held.take(SECOND, "a", lambda: 5)
    assert held.take(FIRST, "a", lambda: 6) == 6


def test_no_ledger_answers_for_another() -> None:
    """One of them may be asked at a node that lies."""
    key, clock = SigningKey.generate(), ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    with (
        EmbeddedLedger(":memory:", clock=clock, relayer=key) as one,
        EmbeddedLedger(":memory:", clock=clock, relayer=key) as other,
    ):
        remembered(one).take(FIRST, "balance", lambda: 1)

        assert remembered(one).take(FIRST, "balance", lambda: 2) == 1
        assert remembered(other).take(FIRST, "balance", lambda: 3) == 3


def test_the_newest_block_is_asked_for_again_when_the_index_has_seen_another() -> None:
    blocks, held, seen = iter([FIRST, Block(3, b"\x03" * 32, 12)]), Remembered(), [0]

    def newest() -> int:
        return held.newest(lambda: next(blocks), seen=lambda: seen[0]).number

    before = [newest(), newest()]
    seen[0] = 2
    after = [newest(), newest()]

    assert (before, after) == ([1, 1], [3, 3])


def test_the_newest_block_is_asked_for_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, held, now = iter([FIRST, SECOND]), Remembered(), [0.0]
    monkeypatch.setattr(modules[Remembered.__module__], "monotonic", lambda: now[0])
    asked = [held.newest(lambda: next(blocks), seen=lambda: 0) for now[0] in (0.0, 0.4, 0.6)]

    assert asked == [FIRST, FIRST, SECOND]
