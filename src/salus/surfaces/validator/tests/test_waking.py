"""Consensus sleeps while nothing waits, and wakes for what does."""

from pathlib import Path

import pytest

from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.errors import ConsensusUnreachable
from salus.surfaces.validator.tests.living import Life, world
from salus.surfaces.validator.waking import is_wake


@pytest.mark.parametrize("content", [b"wake:8:1", b"wake:106:999999"])
def test_a_wake_up_for_a_height_to_come_is_one(content: bytes) -> None:
    assert is_wake(content, 7)


@pytest.mark.parametrize(
    "content",
    [
        b"wake:7:1",
        b"wake:107:1",
        b"wake:8:",
        b"wake:8:1 ",
        b"wake:8:1:1",
        b"wake:-8:1",
        b"wake:8:" + b"1" * 16,
        b"",
        b"\0" * 40,
        "wake:\uff18:1".encode(),
    ],
)
def test_nothing_else_gets_into_the_pool(content: bytes) -> None:
    assert not is_wake(content, 7)


def test_a_wake_up_leaves_the_pool_when_its_height_is_decided(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        asked = messages.RequestCheckTx(tx=b"wake:1:5")
        before = await scene.application.check_tx(asked)
        await scene.decide([])
        after = await scene.application.check_tx(asked)

        assert (0, 1) == (before.code, after.code)

    with world(tmp_path) as made:
        made.live(life)


def test_an_idle_pool_wakes_nobody(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert not await scene.parts.waking.wake_once()
        assert [] == scene.store.wakes

    with world(tmp_path) as made:
        made.live(life)


def test_a_height_is_woken_once_and_the_next_one_again(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]
        woken = [await scene.parts.waking.wake_once() for _ in range(3)]
        await scene.decide([])
        woken.append(await scene.parts.waking.wake_once())

        assert [True, False, False, True] == woken
        assert ['"wake:1:', '"wake:2:'] == [each[:8] for each in scene.store.wakes]

    with world(tmp_path) as made:
        made.live(life)


def test_what_no_block_takes_does_not_keep_consensus_awake(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]
        woken = []
        for _ in range(40):
            woken.append(await scene.parts.waking.wake_once())
            await scene.decide([])
        rare = sum(woken)
        await scene.decide([scene.packed()])

        assert [True] * 5 == woken[:5]
        assert 5 <= rare < 12
        assert await scene.parts.waking.wake_once()

    with world(tmp_path) as made:
        made.live(life)


def test_what_wakes_is_taken_by_the_pool(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]
        await scene.parts.waking.wake_once()
        content = scene.store.wakes[0].strip('"').encode()

        assert is_wake(content, 0)

    with world(tmp_path) as made:
        made.live(life)


def test_a_wake_up_that_did_not_arrive_is_tried_again(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]
        scene.store.away = True
        with pytest.raises(ConsensusUnreachable):
            await scene.parts.waking.wake_once()
        scene.store.away = False

        assert await scene.parts.waking.wake_once()

    with world(tmp_path) as made:
        made.live(life)
