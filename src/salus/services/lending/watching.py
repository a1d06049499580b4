"""When pledged records are looked at again."""

from datetime import timedelta

from salus.platform.settings import read
from salus.platform.work import Work, count_waiting, enqueue, is_waiting
from salus.services.lending.settings import LendingSettings

WATCH = "lending.watch"
"""The job that looks after every loan; it comes back."""


def keep_watching(work: Work) -> None:
    """See to it that pledged records are looked at before long, and again and again."""
    if not is_waiting(work, WATCH):
        enqueue(work, WATCH, run_at=work.node.clock.now() + every())


def come_back(work: Work) -> None:
    """From the job itself: once more after the usual time."""
    if count_waiting(work, WATCH) <= 1:  # this one
        enqueue(work, WATCH, run_at=work.node.clock.now() + every())


def every() -> timedelta:
    """The time between two looks."""
    return timedelta(hours=read(LendingSettings).watch_hours)
