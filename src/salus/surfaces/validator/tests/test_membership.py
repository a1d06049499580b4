"""Who votes follows from genesis and from the state after a block, for every validator alike."""

from itertools import pairwise
from pathlib import Path

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.encoding import to_hex
from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.errors import MembershipUnreadable
from salus.surfaces.validator.membership import changes, voting
from salus.surfaces.validator.tests.living import FOUNDERS, Life, world
from salus.surfaces.validator.tests.pretended import Refusing

CONTRACT = "0x" + "c0" * 20
FIFTH = bytes([5]) * 32
FIRST = bytes([1]) * 32

powers = st.dictionaries(st.binary(min_size=1, max_size=1), st.integers(0, 9), max_size=6)
founders = st.dictionaries(
    st.binary(min_size=1, max_size=1), st.integers(1, 9), min_size=1, max_size=4
)


def decided(*powers: tuple[bytes, int]) -> str:
    """What the contract answers: key, organization and power of each decision."""
    listed = [(key, bytes(20), power) for key, power in powers]
    return to_hex(encode(["(bytes32,address,uint64)[]"], [listed]))


async def blocks(scene: Life, *answers: str) -> list[dict[bytes, int]]:
    """Decide a block for each answer of the contract, and say what CometBFT was told each time."""
    await scene.begin()
    told = []
    for answer in answers:
        payload = scene.payload()
        scene.client.views[payload["blockHash"]] = answer
        told.append(updates(await scene.decide([scene.packed()])))
    return told


def updates(said: messages.ResponseFinalizeBlock) -> dict[bytes, int]:
    return {each.pub_key.ed25519: each.power for each in said.validator_updates}


def test_genesis_votes_until_the_contract_is_there(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        assert [{}, {}] == await blocks(scene, "0x", decided())

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_a_decision_adds_a_validator_and_takes_none(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        told = await blocks(scene, "0x", decided((FIFTH, 7)), decided((FIFTH, 7)))

        assert [{}, {FIFTH: 7}, {}] == told

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_a_founder_loses_his_vote_by_a_decision_and_gets_it_again(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        told = await blocks(scene, decided((FIRST, 0)), decided((FIRST, 3)))

        assert [{FIRST: 0}, {FIRST: 3}] == told

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_a_decision_that_would_leave_nobody_leaves_the_founders(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        nobody = tuple((key, 0) for key in FOUNDERS)
        told = await blocks(scene, decided((FIFTH, 7)), decided((FIFTH, 0), *nobody))

        assert [{FIFTH: 7}, {FIFTH: 0}] == told

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_replaying_tells_the_same_again(tmp_path: Path) -> None:
    answers = ("0x", decided((FIFTH, 7)), decided((FIFTH, 0), (FIRST, 1)))
    told: list[list[dict[bytes, int]]] = []

    async def first(scene: Life) -> None:
        told.append(await blocks(scene, *answers))

    async def again(scene: Life) -> None:
        await scene.begin()
        told.append([updates(each) for each in scene.replayed])

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(first)
        for file in tmp_path.glob("bridge.db*"):
            file.unlink()
        made.live(again)

    assert told[0] == told[1]
    assert [{}, {FIFTH: 7}, {FIFTH: 0, FIRST: 1}] == told[0]


def test_an_empty_block_asks_the_contract_nothing(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()
        scene.client.asked.clear()
        await scene.decide([])

        assert "eth_call" not in scene.client.asked

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_without_a_contract_nobody_is_asked(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        assert [{}] == await blocks(scene, decided((FIFTH, 7)))
        assert "eth_call" not in scene.client.asked

    with world(tmp_path) as made:
        made.live(life)


@pytest.mark.parametrize("answer", ["0x01", "0x" + "ff" * 64])
def test_another_contract_at_the_address_ends_the_bridge(tmp_path: Path, answer: str) -> None:
    async def life(scene: Life) -> None:
        with pytest.raises(MembershipUnreadable) as ended:
            await blocks(scene, answer)

        assert ended.value.exit == 3

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


def test_a_contract_that_refuses_ends_the_bridge(tmp_path: Path) -> None:
    def refuse(_real: str) -> str:
        raise Refusing(3)

    async def life(scene: Life) -> None:
        scene.client.lies["eth_call"] = refuse
        with pytest.raises(MembershipUnreadable):
            await blocks(scene, "0x")

    with world(tmp_path) as made:
        made.organizations = CONTRACT
        made.live(life)


@given(founders, st.lists(powers, min_size=1, max_size=5))
def test_what_comet_is_told_adds_up_to_who_votes(
    genesis: dict[bytes, int], decisions: list[dict[bytes, int]]
) -> None:
    sets = [voting(genesis, each) for each in ({}, *decisions)]
    present = dict(genesis)
    for before, after in pairwise(sets):
        for key, power in changes(before, after).items():
            assert power or key in present, "only who votes can lose his vote"
            present[key] = power
        present = {key: power for key, power in present.items() if power}

        assert present == after
        assert present, "somebody always votes"
