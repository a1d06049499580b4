"""What a keeper remembers of requests does not grow for ever."""

from datetime import timedelta
from functools import cache

from sqlalchemy import func, select

from salus.rights.custody.keeper import Keeper
from salus.rights.custody.messages import DEADLINE
from salus.rights.custody.reading import read
from salus.rights.custody.tables import Answered
from salus.rights.custody.tidying import PAUSE, Tidying
from tests.support.scene import Scene, new_scene


@cache
def own() -> Scene:
    """A consortium whose clock these tests may move."""
    return new_scene()


def remembered(keeper: Keeper) -> int:
    with keeper.reading() as session:
        return session.scalar(select(func.count()).select_from(Answered)) or 0


def asked(stage: Scene) -> None:
    record = stage.record()
    read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))


def test_an_answer_is_remembered_until_its_deadline_and_not_longer() -> None:
    stage = own()
    tidying = Tidying(stage.c1)
    asked(stage)
    tidying.now_and_then()
    before = remembered(stage.c1)
    stage.clock.move(DEADLINE)
    tidying.now_and_then()

    assert (before, remembered(stage.c1)) == (1, 0)


def test_it_is_done_once_a_minute_at_most() -> None:
    stage = own()
    tidying = Tidying(stage.c1)
    tidying.now_and_then()
    asked(stage)
    tidying.last += int(DEADLINE.total_seconds())
    stage.clock.move(DEADLINE + timedelta(seconds=PAUSE - 1))
    tidying.now_and_then()
    early = remembered(stage.c1)
    stage.clock.move(timedelta(seconds=1))
    tidying.now_and_then()

    assert (early, remembered(stage.c1)) == (1, 0)
