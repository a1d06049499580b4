"""Answers of a node that are nonsense: a failure with a name, and nothing that rests on them."""

from contextlib import suppress
from typing import Any

import httpx
import pytest

from salus.kernel.errors import SalusError
from salus.platform.ledger import RpcLedger
from salus.platform.ledger.errors import (
    AnswerUnreadable,
    LedgerFailed,
)
from salus.rights.custody.errors import ForkSeen, NotPermitted, StaleHead
from salus.rights.custody.release import release
from tests.support.liars import BLOCK, CALL, Json, about, apart, asking_it, behind, honest, nth
from tests.support.refusing import answer
from tests.support.scene import Scene, new_scene


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


NAMED = {type(None), LedgerFailed, AnswerUnreadable, StaleHead, ForkSeen, NotPermitted}
ANSWERS = 20  # of the ledger at most, on which one decision rests
NONSENSE: list[Any] = [
    None,
    0,
    -1,
    True,
    "",
    "0x",
    "0xzz",
    "-0x1",
    "0x" + 64 * "f",
    "0x" + 640 * "f",
    [],
    [None],
    {},
    {"number": "0x1"},
    {"number": None, "hash": [], "timestamp": {}},
    1e300,
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda each: repr(each)[:20])
def test_nonsense_is_a_named_failure_of_the_ledger(stage: Scene, nonsense: Any) -> None:
    """In place of any one answer: an error with a name, or what does not depend on it."""
    asking, said = stage.asking(stage.record()), []
    with behind(stage) as (client, liar):
        for at in range(1, ANSWERS + 1):
            liar.lie = honest
            keeper = asking_it(stage, stage.c1, client)  # it has asked nothing before
            liar.lie = nth(at, nonsense)
            said.append(answer(keeper, asking.changed()))
            with suppress(SalusError):
                client.block(0)

    assert any(said), "none of the answers was needed"
    assert {type(each) for each in said} <= NAMED


def test_so_many_answers_make_a_decision(stage: Scene) -> None:
    asking = stage.asking(stage.record())
    counted: list[str] = []
    with behind(stage) as (client, liar):
        keeper = asking_it(stage, stage.c1, client)

        def count(asked: Json, answer: Json) -> Json:
            counted.append(asked["method"])
            return answer

        liar.lie = count
        release(keeper, asking.changed())

    assert 0 < len(counted) <= ANSWERS
    assert {BLOCK, CALL} == set(counted)


@pytest.mark.parametrize(
    "nonsense", ["0x", None, [], "0x" + 64 * "f"], ids=lambda each: repr(each)[:20]
)
def test_a_view_that_answers_nonsense_decides_nothing(stage: Scene, nonsense: Any) -> None:
    asking = stage.asking(stage.record())
    with behind(stage) as (client, liar):
        keeper = asking_it(stage, stage.c1, client)
        liar.lie = about(CALL, lambda _, __: nonsense)
        error = answer(keeper, asking.ask)

    assert type(error) in {LedgerFailed, AnswerUnreadable}


@pytest.mark.parametrize(
    "nonsense", [each for each in NONSENSE if each != []], ids=lambda each: repr(each)[:20]
)
def test_an_index_is_not_filled_with_nonsense(stage: Scene, nonsense: Any) -> None:
    """An empty list is none: it says that there were no events, as a node may that drops them."""
    with behind(stage) as (client, liar):
        node = apart(stage, client)
        for at in range(1, 6):
            liar.lie = nth(at, nonsense)
            with suppress(SalusError):
                node.follow()
        liar.lie = honest
        node.follow()

        assert node.rebuild_index() == ()


def test_a_batch_that_is_no_batch_is_named(stage: Scene) -> None:
    said: Any
    for said in (None, 7, "x", [], [[]], [{}], {"error": "no"}, {"error": {"message": "no"}}):
        transport = httpx.MockTransport(lambda _, said=said: httpx.Response(200, json=said))
        with pytest.raises(LedgerFailed):
            RpcLedger("http://localhost", relayer=stage.clinic.signing, transport=transport)
