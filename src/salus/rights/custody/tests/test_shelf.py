"""What a page glances at: asked for seldom, and nobody waits for what was known a moment ago."""

from collections.abc import Callable
from threading import Event
from time import monotonic, sleep

import pytest

from salus.rights.custody.pages import shelf
from salus.rights.custody.pages.shelf import Lately


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

    assert lately.take("a", lambda: 1) == 1
    later.now = 19.0
    assert lately.take("a", lambda: 2) == 1
    assert lately.take("b", lambda: 3) == 3
    later.now = 21.0
    assert lately.take("a", lambda: 4) == 4


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

    lately.take("a", lambda: 1)
    later.now = 21.0
    assert lately.take("a", slowly) == 1
    assert begun.wait(30)
    assert lately.take("a", tell) == 1
    may_answer.set()

    assert comes(2, lambda: lately.take("a", tell))
    assert not answered.is_set()


def test_after_the_grace_who_comes_waits_for_the_answer(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)
    lately.take("a", lambda: 1)
    later.now = 61.0

    assert lately.take("a", lambda: 2) == 2


def test_what_fails_behind_the_scenes_is_asked_for_again(later: Later) -> None:
    lately: Lately[int] = Lately(20, grace=40)

    def fail() -> int:
        raise ConnectionError

    lately.take("a", lambda: 1)
    later.now = 21.0
    assert lately.take("a", fail) == 1

    assert comes(2, lambda: lately.take("a", lambda: 2))
