"""The bridge on the real engine, killed in every way: nothing is lost, and no block changes."""

import base64
import json
import secrets
import shutil
from collections.abc import Iterator

import pytest

from salus.platform.ledger import Call
from salus.surfaces.network.founding import begin
from tests.support.validating import BRIDGE, CLIENT, COMET, STORE, Validator, until, validator

GAS = 70_000
MANY = 200


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    """All tests of the module live through it one after the other; a chain only grows."""
    with validator(tmp_path_factory.mktemp("running")) as made:
        yield made


@pytest.fixture(scope="module")
def contract(running: Validator) -> bytes:
    """Where anchors are written."""
    (receipt,) = running.mined(running.send([Call(b"", STORE, 200_000)]))
    return bytes.fromhex(receipt["contractAddress"][2:])


def anchors(contract: bytes, count: int) -> list[Call]:
    return [Call(contract, secrets.token_bytes(32), GAS) for _ in range(count)]


def all_mined(made: Validator, hashes: list[str]) -> bool:
    return {"0x1"} == {receipt["status"] for receipt in made.mined(hashes)}


def counted(made: Validator) -> dict[str, int]:
    """What the bridge counted since its start."""
    said = made.comet('abci_query?path="status"')["response"]["value"]
    found: dict[str, int] = json.loads(base64.b64decode(said))
    return found


def test_what_the_client_accepts_is_mined(running: Validator, contract: bytes) -> None:
    assert all_mined(running, running.send(anchors(contract, MANY)))


def test_a_killed_client_loses_nothing(running: Validator, contract: bytes) -> None:
    before = running.blocks()
    hashes = running.send(anchors(contract, MANY))
    running.kill(CLIENT)
    running.start(CLIENT)
    until(lambda: running.ask("eth_chainId"), "the client answers")

    assert all_mined(running, hashes)
    assert before == running.blocks()[: len(before)]
    assert None is running.running[BRIDGE].poll()


def test_a_killed_bridge_takes_comet_along_and_both_come_back(
    running: Validator, contract: bytes
) -> None:
    before = running.blocks()
    hashes = running.send(anchors(contract, MANY))
    running.kill(BRIDGE)
    running.ended(COMET)
    running.start(BRIDGE, COMET)
    running.wait_ready()

    assert all_mined(running, hashes)
    assert before == running.blocks()[: len(before)]


def test_a_killed_comet_takes_the_bridge_along(running: Validator, contract: bytes) -> None:
    hashes = running.send(anchors(contract, MANY))
    running.kill(COMET)

    assert running.ended(BRIDGE) == 4
    running.start(BRIDGE, COMET)
    running.wait_ready()
    assert all_mined(running, hashes)


def test_all_killed_at_once_with_a_full_pool_lose_nothing(
    running: Validator, contract: bytes
) -> None:
    before = running.blocks()
    hashes = running.send(anchors(contract, MANY))
    running.kill(CLIENT, BRIDGE, COMET)
    running.start()
    running.wait_ready()

    assert all_mined(running, hashes)
    assert before == running.blocks()[: len(before)]


def test_a_client_that_was_set_back_comes_back_while_consensus_sleeps(
    running: Validator, contract: bytes
) -> None:
    before = running.blocks()
    running.ask("debug_setHead", hex(len(before) - 4))

    assert until(lambda: running.blocks() == before, "the client is where it was")
    assert counted(running)["fed"] >= 3


def test_an_emptied_client_is_fed_while_consensus_runs(running: Validator, contract: bytes) -> None:
    before = running.blocks()
    running.kill(CLIENT)
    _empty(running)
    running.start(CLIENT)
    until(lambda: running.ask("eth_chainId"), "the client answers")
    hashes = running.send(anchors(contract, 1))

    assert all_mined(running, hashes)
    assert before == running.blocks()[: len(before)]
    assert counted(running)["healed_by_feeding"] >= 1


def test_an_emptied_client_and_a_lost_table_come_back_from_the_store(
    running: Validator, contract: bytes
) -> None:
    before = running.blocks()
    running.kill(CLIENT, BRIDGE, COMET)
    _empty(running)
    for file in running.folder.engine.glob("bridge.db*"):
        file.unlink()
    running.start()
    running.wait_ready()

    assert all_mined(running, running.send(anchors(contract, 1)))
    assert before == running.blocks()[: len(before)]


def test_a_lost_table_grows_again(running: Validator, contract: bytes) -> None:
    before = running.blocks()
    running.kill(CLIENT, BRIDGE, COMET)
    for file in running.folder.engine.glob("bridge.db*"):
        file.unlink()
    running.start()
    running.wait_ready()

    assert all_mined(running, running.send(anchors(contract, 1)))
    assert before == running.blocks()[: len(before)]


def _empty(made: Validator) -> None:
    """As when the disk of the client is replaced; its pool of transactions is gone too."""
    shutil.rmtree(made.folder.client)
    made.folder.client.mkdir()
    begin(made.programs, made.folder.client, made.folder.genesis)
