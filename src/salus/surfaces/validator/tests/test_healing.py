"""A client that was killed, replaced or emptied comes back to the head that was committed."""

from pathlib import Path
from typing import Any

import pytest

from salus.surfaces.validator.errors import AnotherChain, ExecutionStayedAway, NotThatBlock
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.tests.living import Life, World, world
from salus.surfaces.validator.tests.pretended import Client, Refusing


async def three(scene: Life) -> None:
    """Three blocks, at heights 1, 3 and 5."""
    await scene.begin()
    await scene.grow(3)


def committed(scene: Life) -> Head:
    last = scene.heads.last()
    assert last is not None
    return last[1]


def hashes(client: Client) -> list[str]:
    return [block["hash"] for block in client.chain]


# ONLY THE CLIENT RESTARTS


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_client_that_forgot_blocks_is_fed_from_the_store(tmp_path: Path, lost: int) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        before = hashes(scene.client)
        packed = scene.packed()
        scene.client.forget(3 - lost)

        assert await scene.judge(packed)
        assert before == hashes(scene.client)
        assert (1, lost) == (scene.counters.healed_by_feeding, scene.counters.fed)

    with world(tmp_path) as made:
        made.live(life)


def test_a_forgotten_chain_is_fed_before_the_next_block_is_decided(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        packed = [scene.packed()]
        scene.client.forget(0)
        await scene.decide(packed)

        assert scene.client.head == 4
        assert (1, 3) == (scene.counters.healed_by_feeding, scene.counters.fed)

    with world(tmp_path) as made:
        made.live(life)


def test_naming_the_head_is_enough_for_a_client_that_fell_aside(tmp_path: Path) -> None:
    """It has the block, is synced, and stands lower."""

    async def life(scene: Life) -> None:
        await three(scene)
        scene.client.head, scene.client.final = 1, 1

        assert await scene.parts.healing.restore(committed(scene))
        assert scene.client.head == 3
        assert (1, 0) == (scene.counters.healed_by_forkchoice, scene.counters.healed_by_nudge)
        assert scene.counters.fed == 0

    with world(tmp_path) as made:
        made.live(life)


def test_a_client_that_says_valid_and_stays_is_nudged(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        below = scene.client.chain[1]["hash"]
        scene.client.rewind(1)
        scene.client.named.clear()

        assert await scene.parts.healing.restore(committed(scene))
        assert scene.client.head == 3
        assert [hashes(scene.client)[3], below, hashes(scene.client)[3]] == scene.client.named
        assert (0, 1) == (scene.counters.healed_by_forkchoice, scene.counters.healed_by_nudge)

    with world(tmp_path) as made:
        made.live(life)


def test_a_rewound_client_takes_the_next_decision_after_a_nudge(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        packed = [scene.packed()]
        scene.client.rewind(0)
        await scene.decide(packed)

        assert scene.client.head == 4

    with world(tmp_path) as made:
        made.live(life)


def test_a_proposer_whose_client_was_rewound_heals_it_and_proposes_later(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        scene.client.rewind(1)
        scene.client.pool = ["0x02"]
        first, second = await scene.propose(), await scene.propose()

        assert ([], 1) == (first, len(second))
        assert await scene.judge(*second)

    with world(tmp_path) as made:
        made.live(life)


def test_a_client_that_refuses_the_head_is_fed_from_below(tmp_path: Path) -> None:
    """It knows all blocks, but the state below the last one is gone."""

    async def life(scene: Life) -> None:
        await three(scene)
        last = hashes(scene.client)[3]
        scene.client.rewind(1)
        scene.client.named.clear()

        def refuse(real: Any) -> Any:
            if scene.client.named[-1] == last and scene.client.named.count(last) < 3:
                scene.client.rewind(1)
                raise Refusing(-38002)
            return real

        scene.client.lies["engine_forkchoiceUpdatedV3"] = refuse

        assert await scene.parts.healing.restore(committed(scene))
        assert scene.client.head == 3
        assert scene.counters.healed_by_feeding == 1

    with world(tmp_path) as made:
        made.live(life)


def test_a_block_that_the_client_does_not_know_is_never_named(tmp_path: Path) -> None:
    """It would ask its peers, and run after whatever they say."""

    async def life(scene: Life) -> None:
        await three(scene)
        lost = hashes(scene.client)[2:]
        scene.client.forget(1)
        scene.client.named.clear()
        scene.store.away = True

        assert not await scene.parts.healing.restore(committed(scene))
        assert not set(lost) & set(scene.client.named)

    with world(tmp_path) as made:
        made.live(life)


def test_a_client_that_is_ahead_is_not_taken_down(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        ahead = [scene.packed()]
        await scene.finalize(ahead)
        scene.client.final = 0
        scene.client.named.clear()

        assert await scene.parts.healing.reach(committed(scene))
        assert scene.client.head == 4
        assert [] == scene.client.named

    with world(tmp_path) as made:
        made.live(life)


def test_what_the_store_cannot_give_ends_in_no_vote(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        packed = scene.packed()
        scene.client.forget(1)
        scene.store.away = True

        assert not await scene.judge(packed)

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("found", [[], [b"nonsense"]])
def test_a_store_with_another_block_ends_the_bridge(tmp_path: Path, found: list[bytes]) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        packed = [scene.packed()]
        scene.client.forget(1)
        scene.store.blocks[3] = found
        with pytest.raises(NotThatBlock):
            await scene.finalize(packed)

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("left", [0, 2])
def test_a_client_is_tended_while_consensus_sleeps(tmp_path: Path, left: int) -> None:
    """Else it would take transactions for too early, and never wake consensus."""

    async def life(scene: Life) -> None:
        await three(scene)
        before = hashes(scene.client)
        await scene.application.tend_once()
        scene.client.forget(left)
        await scene.application.tend_once()

        assert before == hashes(scene.client)
        assert (1, 3 - left) == (scene.counters.healed_by_feeding, scene.counters.fed)

    with world(tmp_path) as made:
        made.live(life)


def test_a_client_that_is_away_is_tended_later(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await three(scene)
        scene.client.rewind(0)
        scene.client.lies["eth_getBlockByNumber"] = lambda _: "nothing"
        await scene.application.tend_once()
        scene.client.lies.clear()
        await scene.application.tend_once()

        assert scene.client.head == 3

    with world(tmp_path) as made:
        made.live(life)


# BOTH RESTART


def restarted(made: World, expected: int) -> list[int]:
    """Start again; the height that Info reports, and the head of the client in the end."""
    found: list[int] = []

    async def again(scene: Life) -> None:
        info = await scene.begin()
        last = scene.heads.last()
        assert last is not None
        found.extend((info.last_block_height, scene.client.head, last[0]))
        assert scene.client.chain[scene.client.head]["hash"] == "0x" + last[1].hash.hex()

    made.live(again)
    assert expected == found[0]
    return found


def test_a_restart_without_loss_goes_on_where_it_was(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.live(three)

        assert [6, 3, 6] == restarted(made, 6)


@pytest.mark.parametrize(("left", "height"), [(2, 4), (1, 2), (0, 0)])
def test_a_client_that_forgot_makes_consensus_replay_what_it_lacks(
    tmp_path: Path, left: int, height: int
) -> None:
    with world(tmp_path) as made:
        made.live(three)
        before = hashes(made.client)
        made.client.forget(left)

        assert [height, 3, 6] == restarted(made, height)
        assert before == hashes(made.client)


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_rewound_client_that_still_has_its_blocks_needs_no_replay(
    tmp_path: Path, left: int
) -> None:
    with world(tmp_path) as made:
        made.live(three)
        made.client.rewind(left)

        assert [6, 3, 6] == restarted(made, 6)


def test_a_lost_table_grows_again_and_takes_nothing_from_the_client(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.live(three)
        before = hashes(made.client)
        for file in tmp_path.glob("bridge.db*"):
            file.unlink()

        assert [0, 3, 6] == restarted(made, 0)
        assert before == hashes(made.client)


def test_a_lost_table_and_an_empty_client_come_back_from_the_store(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.live(three)
        before = hashes(made.client)
        made.client.forget(0)
        for file in tmp_path.glob("bridge.db*"):
            file.unlink()

        assert [0, 3, 6] == restarted(made, 0)
        assert before == hashes(made.client)


def test_a_kill_between_execution_and_commit_is_decided_again(tmp_path: Path) -> None:
    async def torn(scene: Life) -> None:
        await three(scene)
        packed = [scene.packed()]
        scene.store.blocks[7] = packed
        await scene.finalize(packed)

    with world(tmp_path) as made:
        made.live(torn)

        assert made.client.head == 4
        assert [6, 4, 7] == restarted(made, 6)


def test_a_kill_after_commit_before_its_answer_is_not_decided_again(tmp_path: Path) -> None:
    async def torn(scene: Life) -> None:
        await three(scene)
        packed = [scene.packed()]
        await scene.decide(packed)

    with world(tmp_path) as made:
        made.live(torn)

        assert [7, 4, 7] == restarted(made, 7)


def test_another_genesis_ends_the_bridge(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.live(three)
        made.client.chain[0]["hash"] = "0x" + "ab" * 32

        async def again(scene: Life) -> None:
            with pytest.raises(AnotherChain) as ended:
                await scene.begin()
            assert ended.value.exit == 6

        made.live(again)


def test_a_start_without_a_client_waits_and_then_ends(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        scene.client.lies["eth_getBlockByNumber"] = lambda _: None
        with pytest.raises(ExecutionStayedAway):
            await scene.begin()

    with world(tmp_path) as made:
        made.live(life)
