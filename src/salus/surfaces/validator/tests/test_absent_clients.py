"""Deciding against a client that is away, stays away, or does not do what it says."""

from pathlib import Path
from typing import Any

import pytest

from salus.surfaces.validator.errors import ExecutionStayedAway
from salus.surfaces.validator.tests.living import UNIX, Life, world
from salus.surfaces.validator.tests.lying import away_for, raising, saying
from salus.surfaces.validator.tests.pretended import Refusing, digest_of


def test_a_decision_waits_for_a_client_that_is_away(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_newPayloadV3"] = away_for(3)
        scene.client.asked.clear()
        await scene.decide([scene.packed()])

        assert scene.client.head == 1
        assert scene.client.asked.count("engine_newPayloadV3") == 4

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize(
    "lie", [saying("SYNCING"), raising(ConnectionError()), raising(Refusing(-32000)), lambda _: 7]
)
def test_a_client_that_never_comes_ends_the_bridge(tmp_path: Path, lie: Any) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_newPayloadV3"] = lie
        with pytest.raises(ExecutionStayedAway) as ended:
            await scene.finalize([scene.packed()])

        assert ended.value.exit == 5

    with world(tmp_path) as made:
        made.live(life)


def test_valid_without_moving_is_not_believed(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_forkchoiceUpdatedV3"] = lambda real: real
        packed = [scene.packed()]
        stay = scene.client.head

        def undo(real: Any) -> Any:
            scene.client.head = stay
            return real

        scene.client.lies["engine_forkchoiceUpdatedV3"] = undo
        with pytest.raises(ExecutionStayedAway):
            await scene.finalize(packed)

    with world(tmp_path) as made:
        made.live(life)


# THE CLIENT


def test_every_question_to_the_engine_is_signed_at_the_present_moment(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        await scene.grow(1)

        assert {UNIX} == {claim["iat"] for claim in scene.client.claims}

    with world(tmp_path) as made:
        made.live(life)


def test_the_pretended_client_gives_every_payload_its_own_hash() -> None:
    assert digest_of({"a": 1, "blockHash": "0x"}) == digest_of({"a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
