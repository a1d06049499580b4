"""Proposing, judging and deciding against a client that behaves as it is told."""

from pathlib import Path
from typing import Any

import pytest

from salus.kernel.encoding import to_hex
from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.errors import (
    DecidedInvalid,
    DecidedRefused,
    NothingStaged,
    OutOfOrder,
)
from salus.surfaces.validator.heads import Heads
from salus.surfaces.validator.payload import unpack
from salus.surfaces.validator.tests.living import FOUNDERS, UNIX, Life, world
from salus.surfaces.validator.tests.lying import away_for, raising, saying
from salus.surfaces.validator.tests.pretended import GENESIS, Refusing

# START


def test_a_new_network_begins_with_the_genesis_of_the_client(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        info = await scene.application.info(messages.RequestInfo())
        chain = await scene.application.init_chain(messages.RequestInitChain())

        assert (0, b"") == (info.last_block_height, info.last_block_app_hash)
        assert bytes.fromhex(GENESIS[2:]) == chain.app_hash

    with world(tmp_path) as made:
        made.live(life)


def test_the_founders_are_kept(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert FOUNDERS == scene.heads.founders()

    with world(tmp_path) as made:
        made.live(life)


# PROPOSING


def test_nothing_is_proposed_while_the_pool_is_empty(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert [] == await scene.propose()
        assert "engine_getPayloadV3" not in scene.client.asked

    with world(tmp_path) as made:
        made.live(life)


def test_what_is_proposed_is_accepted_decided_and_executed(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02aa", "0x02bb"]
        proposed = await scene.propose()
        judged = await scene.judge(*proposed)
        said = await scene.decide(proposed)

        assert judged
        assert unpack(proposed[0]).time == UNIX
        assert to_hex(said.app_hash) == scene.client.chain[scene.client.head]["hash"]
        assert scene.client.final == 1
        assert (1, 1) == (scene.counters.proposed, scene.counters.decided)

    with world(tmp_path) as made:
        made.live(life)


def test_a_block_of_a_later_second_than_now_waits_for_its_time(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        await scene.decide([scene.packed(timestamp=hex(UNIX + 2))])
        scene.client.pool = ["0x02"]
        (proposed,) = await scene.propose()

        assert unpack(proposed).time == UNIX + 3

    with world(tmp_path) as made:
        made.live(life)


def test_nothing_is_proposed_that_others_would_call_future(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        await scene.decide([scene.packed(timestamp=hex(UNIX + 3))])
        scene.client.pool = ["0x02"]

        assert [] == await scene.propose()

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize(
    ("method", "lie"),
    [
        ("engine_forkchoiceUpdatedV3", lambda real: {**real, "payloadId": None}),
        ("engine_forkchoiceUpdatedV3", lambda _: {"payloadStatus": {"status": "SYNCING"}}),
        ("engine_forkchoiceUpdatedV3", lambda _: None),
        ("engine_getPayloadV3", lambda _: {"executionPayload": {}}),
        ("engine_getPayloadV3", lambda _: {}),
        ("engine_getPayloadV3", raising(ConnectionError())),
        ("engine_getPayloadV3", raising(Refusing(-38001))),
        ("txpool_status", lambda _: {"pending": "many"}),
        ("txpool_status", raising(ConnectionError())),
    ],
)
def test_a_client_that_cannot_build_makes_an_empty_proposal(
    tmp_path: Path, method: str, lie: Any
) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]
        scene.client.lies[method] = lie

        assert [] == await scene.propose()
        assert scene.counters.proposed_empty == 1

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize(
    "members", [{"transactions": []}, {"blobGasUsed": "0x20000"}, {"gasLimit": "0x1"}]
)
def test_what_others_would_refuse_is_not_proposed(tmp_path: Path, members: Any) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x03"]
        scene.client.lies["engine_getPayloadV3"] = lambda real: {
            "executionPayload": real["executionPayload"] | members
        }

        assert [] == await scene.propose()

    with world(tmp_path) as made:
        made.live(life)


def test_a_payload_that_does_not_fit_is_not_proposed(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.pool = ["0x02"]

        assert [] == await scene.propose(limit=100)

    with world(tmp_path) as made:
        made.live(life)


# JUDGING


def test_an_empty_block_is_accepted_without_asking_the_client(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.asked.clear()

        assert await scene.judge()
        assert [] == scene.client.asked

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({"parentHash": "0x" + "99" * 32}, "foreign_parent"),
        ({"blockNumber": "0x2"}, "wrong_number"),
        ({"timestamp": hex(UNIX + 4)}, "future_dated"),
        ({"timestamp": hex(UNIX - 6)}, "past_dated"),
        ({"blobGasUsed": "0x20000"}, "has_blobs"),
        ({"blockHash": "0x" + "88" * 32}, "not_executable"),
    ],
)
def test_a_bad_proposal_is_refused_under_its_name(tmp_path: Path, members: Any, key: str) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert not await scene.judge(scene.packed(**members))
        assert {f"validator.{key}": 1} == dict(scene.counters.refused)
        assert await scene.judge(scene.packed())

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("content", [b"", b"\0", b"{}", bytes(10_000)])
def test_what_is_no_payload_is_refused(tmp_path: Path, content: bytes) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert not await scene.judge(content)

    with world(tmp_path) as made:
        made.live(life)


def test_two_payloads_in_one_block_are_refused(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

        assert not await scene.judge(scene.packed(), scene.packed())
        assert ["validator.not_one_payload"] == list(scene.counters.refused)

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("status", ["SYNCING", "ACCEPTED", "INVALID", "INVALID_BLOCK_HASH", "?"])
def test_only_valid_is_voted_for(tmp_path: Path, status: str) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_newPayloadV3"] = saying(status)

        assert not await scene.judge(scene.packed())

    with world(tmp_path) as made:
        made.live(life)


def test_a_client_that_is_away_gets_no_vote_and_does_not_end_the_bridge(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_newPayloadV3"] = raising(ConnectionError())
        away = await scene.judge(scene.packed())
        scene.client.lies.clear()

        assert not away
        assert await scene.judge(scene.packed())

    with world(tmp_path) as made:
        made.live(life)


def test_a_connection_that_a_restart_closed_costs_no_vote(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.lies["engine_newPayloadV3"] = away_for(1)

        assert await scene.judge(scene.packed())

    with world(tmp_path) as made:
        made.live(life)


# DECIDING


def test_who_voted_twice_is_counted_and_the_block_stands(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        twice = messages.Misbehavior(
            type="DUPLICATE_VOTE", height=1, validator=messages.Validator(address=bytes(20))
        )
        asked = messages.RequestFinalizeBlock(height=1, misbehavior=[twice])
        await scene.application.finalize_block(asked)

        assert scene.counters.shown()["misbehaved"] == 1

    with world(tmp_path) as made:
        made.live(life)


def test_what_was_decided_is_in_the_table_before_commit_is_answered(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        await scene.grow(2)
        rows = Heads(Path(scene.bridge.database))
        last = rows.last()
        rows.close()

        assert last is not None
        assert (4, 2) == (last[0], last[1].number)

    with world(tmp_path) as made:
        made.live(life)


def test_finalizing_twice_is_finalizing_once(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        packed = [scene.packed()]
        first, second = await scene.finalize(packed), await scene.finalize(packed)
        await scene.commit()

        assert first == second
        assert len(scene.client.chain) == 2

    with world(tmp_path) as made:
        made.live(life)


def test_the_future_does_not_stop_what_was_decided(tmp_path: Path) -> None:
    """The clock that would refuse it may be the wrong one."""

    async def life(scene: Life) -> None:
        await scene.begin()
        await scene.decide([scene.packed(timestamp=hex(UNIX + 600))])

        assert scene.client.head == 1

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("height", [2, 9])
def test_a_height_out_of_order_ends_the_bridge(tmp_path: Path, height: int) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        with pytest.raises(OutOfOrder):
            await scene.finalize([], height=height)

    with world(tmp_path) as made:
        made.live(life)


def test_a_commit_without_a_decision_ends_the_bridge(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        with pytest.raises(NothingStaged):
            await scene.commit()

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("members", [{"gasLimit": "0x1"}, {"transactions": []}])
def test_a_decision_that_breaks_a_rule_ends_the_bridge(tmp_path: Path, members: Any) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        with pytest.raises(DecidedRefused):
            await scene.finalize([scene.packed(**members)])

    with world(tmp_path) as made:
        made.live(life)


def test_a_decision_that_is_not_valid_here_ends_the_bridge(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        with pytest.raises(DecidedInvalid):
            await scene.finalize([scene.packed(blockHash="0x" + "77" * 32)])

    with world(tmp_path) as made:
        made.live(life)
