"""Threads that compute take turns, and nobody waits for one who waits himself."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from salus.platform.turns import Turns

ENOUGH = 10  # seconds after which a test is lost


def _run(*verbs: Callable[[], None]) -> None:
    threads = [Thread(target=verb, daemon=True) for verb in verbs]
    for each in threads:
        each.start()
    for each in threads:
        each.join(ENOUGH)
    assert not any(each.is_alive() for each in threads)


def test_one_begins_when_the_other_has_ended() -> None:
    turns, begun, seen = Turns(patience=ENOUGH), Event(), list[str]()

    def first() -> None:
        with turns.taken():
            begun.set()
            seen.append("first begins")
            Event().wait(0.05)
            seen.append("first ends")

    def second() -> None:
        begun.wait(ENOUGH)
        with turns.taken():
            seen.append("second begins")

    _run(first, second)

    assert seen == ["first begins", "first ends", "second begins"]


def test_who_waits_for_others_lets_the_next_begin_and_goes_on_after_it() -> None:
    turns, waits, answered, seen = Turns(patience=ENOUGH), Event(), Event(), list[str]()

    def asks() -> None:
        with turns.taken():
            with turns.given():
                waits.set()
                answered.wait(ENOUGH)
            seen.append("asked")

    def computes() -> None:
        waits.wait(ENOUGH)
        with turns.taken():
            answered.set()
            Event().wait(0.05)
            seen.append("computed")

    _run(asks, computes)

    assert seen == ["computed", "asked"]


def test_who_takes_too_long_holds_nobody_up() -> None:
    turns, begun, passed = Turns(patience=0.01), Event(), Event()
    others = list[bool]()

    def long() -> None:
        with turns.taken():
            begun.set()
            others.append(passed.wait(ENOUGH))

    def short() -> None:
        begun.wait(ENOUGH)
        with turns.taken():
            passed.set()

    _run(long, short)

    assert others == [True]


def test_the_next_turn_is_free_after_a_failure_and_after_giving_without_one() -> None:
    turns, seen = Turns(patience=ENOUGH), list[str]()

    def fails() -> None:
        with suppress(ValueError), turns.taken():
            raise ValueError
        seen.append("failed")

    def gives() -> None:
        with turns.given():
            seen.append("given")

    def takes() -> None:
        with turns.taken():
            seen.append("taken")

    for verb in (fails, gives, takes):
        _run(verb)

    assert seen == ["failed", "given", "taken"]
