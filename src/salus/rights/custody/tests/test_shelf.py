"""What a page glances at: asked for seldom, and nobody waits for what was known a moment ago."""

from collections.abc import Callable
from threading import Event
from time import monotonic, sleep

import pytest

from salus.rights.custody.pages import shelf
from salus.rights.custody.pages.shelf import Lately

ADA, BEA = ("Ada", "en"), ("Bea", "en")
"""Keys: whose it is, and the rest."""
SOON = 30.0  # seconds, far more than it takes


class Later:
    """A clock of seconds that a test moves."""

    now = 0.0


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    clock = Later()
    monkeypatch.setattr(shelf, "monotonic", lambda: clock.now)
    return clock


def comes(wanted: int, glance: Callable[[], int]) -> bool:
    """Whether somebody who glances again and again sees it in the end."""
    end = monotonic() + 30
    while monotonic() < end:
        if glance() == wanted:
            return True
        sleep(0.001)
    return False


def test_it_is_asked_for_once_in_a_while(later: Later) -> None:
    lately: Lately[int] = Lately(20)

    assert lately.take(ADA, lambda: 1) == 1
    later.now = 19.0
    assert lately.take(ADA, lambda: 2) == 1
    assert lately.take(BEA, lambda: 3) == 3
    later.now = 21.0
    assert lately.take(ADA, lambda: 4) == 4


def test_in_the_time_of_grace_one_asks_and_nobody_waits(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    begun, may_answer, answered = Event(), Event(), Event()

    def slowly() -> int:
        begun.set()
        assert may_answer.wait(30)
        return 2

    def tell() -> int:
        answered.set()
        return 3

    lately.take(ADA, lambda: 1)
    later.now = 21.0
    assert lately.take(ADA, slowly) == 1
    assert begun.wait(30)
    assert lately.take(ADA, tell) == 1
    may_answer.set()

    assert comes(2, lambda: lately.take(ADA, tell))
    assert not answered.is_set()


def test_after_the_grace_who_comes_waits_for_the_answer(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    lately.take(ADA, lambda: 1)
    later.now = 61.0

    assert lately.take(ADA, lambda: 2) == 2


def test_what_fails_behind_the_scenes_is_asked_for_again(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)

    def fail() -> int:
        raise ConnectionError

    lately.take(ADA, lambda: 1)
    later.now = 21.0
    assert lately.take(ADA, fail) == 1

    assert comes(2, lambda: lately.take(ADA, lambda: 2))


def test_who_glances_does_not_wait_for_a_slow_answer_and_sees_it_later(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    may_answer = Event()
    asked: list[int] = []

    def slowly() -> int:
        asked.append(1)
        assert may_answer.wait(SOON)
        return 7

    assert lately.glance(ADA, slowly, patience=0) is None
    assert lately.glance(ADA, slowly, patience=0) is None
    may_answer.set()

    assert lately.glance(ADA, slowly, patience=SOON) == 7
    assert asked == [1]


def test_who_glances_sees_an_answer_that_comes_at_once(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)

    assert lately.glance(ADA, lambda: 1, patience=SOON) == 1
    later.now = 61.0
    assert lately.glance(ADA, lambda: 2, patience=SOON) == 2


def test_who_glances_is_not_told_what_failed(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)

    def fail() -> int:
        raise ConnectionError

    assert lately.glance(ADA, fail, patience=SOON) is None
    assert lately.glance(ADA, lambda: 2, patience=SOON) == 2


def test_of_several_one_is_asked_for_after_another(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    at_once: list[int] = []
    most: list[int] = []

    def ask() -> int:
        at_once.append(1)
        most.append(len(at_once))
        sleep(0.001)
        at_once.pop()
        return 1

    keys = [(str(each),) for each in range(9)]
    for key in keys:
        lately.glance(key, ask, patience=0)

    assert [lately.glance(key, ask, patience=SOON) for key in keys] == [1] * 9
    assert max(most) == 1


def test_what_somebody_knew_is_forgotten_when_he_leaves(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    lately.take(ADA, lambda: 1)
    lately.take(BEA, lambda: 1)
    lately.forget("Ada")

    assert lately.visitors() == {"Bea"}
    assert lately.take(ADA, lambda: 2) == 2
