"""A node that lies: what can be checked is refused by name; the rest is outvoted by the others."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest
from salus.platform.database.errors import EventsMissing
from salus.platform.ledger import EmbeddedLedger, RpcLedger
from salus.platform.ledger.deployment import load, write
from salus.platform.ledger.errors import (
    CodeDiffers,
    FinalityBroken,
    LedgerFailed,
    WrongChain,
)
from salus.rights.consent.service import revoke
from salus.rights.custody import messages as m
from salus.rights.custody.errors import ForkSeen, NotPermitted, StaleHead, VersionMismatch
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.evidence.service import convict
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.reading import read
from salus.rights.custody.release import release
from salus.rights.records.service import newest_version
from salus.rights.records.versions import record_root_of
from tests.support.liars import (
    BLOCK,
    CALL,
    LOGS,
    RECEIPT,
    Json,
    Lie,
    Lying,
    about,
    apart,
    asking_it,
    behind,
    honest,
)
from tests.support.refusing import answer
from tests.support.scene import Asking, Beside, Scene, new_scene


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


def test_another_chain_is_refused_at_the_door(stage: Scene) -> None:
    chain = stage.node.ledger
    assert isinstance(chain, EmbeddedLedger)
    for method, change in (
        ("eth_chainId", lambda _, __: "0x1"),
        (BLOCK, lambda _, found: found | {"hash": "0x" + 64 * "1"}),
    ):
        liar = Lying(chain)
        liar.lie = about(method, change)
        with pytest.raises(WrongChain):
            RpcLedger(
                "http://localhost",
                relayer=chain._relayer,
                transport=liar,
                chain_id=chain.chain_id,
                genesis=chain.genesis,
            )


def test_other_contracts_are_refused(stage: Scene, tmp_path: Path) -> None:
    write(tmp_path / "deployment.json", stage.node.ledger, stage.node.contracts)
    with behind(stage) as (client, liar):
        assert load(tmp_path / "deployment.json", client).keys() == stage.node.contracts.keys()
        liar.lie = about("eth_getCode", lambda _, __: "0x6001")
        with pytest.raises(CodeDiffers):
            load(tmp_path / "deployment.json", client)


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_a_keeper_on_another_fork_than_its_reader_decides_nothing(stage: Scene, name: str) -> None:
    asking = stage.asking(stage.record())
    with behind(stage) as (client, liar):
        keeper = asking_it(stage, stage.keeper(name), client)
        liar.lie = about(BLOCK, lambda _, found: found | {"hash": "0x" + 64 * "2"})
        error = answer(keeper, asking.ask)

    assert type(error) is ForkSeen


def test_a_final_block_is_neither_changed_nor_taken_back(stage: Scene) -> None:
    with behind(stage) as (client, liar):
        known = client.final()
        for lie in (
            lambda _, found: found | {"hash": "0x" + 64 * "3"},
            lambda _, found: found | {"timestamp": hex(int(found["timestamp"], 16) - 1)},
            lambda params, found: found if params[0] == hex(known.number) else earlier(found),
        ):
            liar.lie = about(BLOCK, lie)
            with pytest.raises(FinalityBroken) as raised:
                client.final()
            assert raised.value.details["block"] == known.number
        liar.lie = honest

        assert client.final() == known


def earlier(found: Json) -> Json:
    return found | {"number": hex(int(found["number"], 16) - 1)}


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_a_node_that_hides_new_blocks_is_believed_for_two_minutes(stage: Scene, name: str) -> None:
    """A revocation that it hides is hidden so long at most, and from a reader who saw it never."""
    asking = stage.asking(stage.record())
    with behind(stage) as (client, liar):
        keeper = asking_it(stage, stage.keeper(name), client)
        old = client._wire.ask(BLOCK, "latest", False)
        named = {"finalized", "latest"}
        liar.lie = about(BLOCK, lambda params, found: old if params[0] in named else found)
        revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))
        seen = stage.node.ledger.final()
        aware = asking.changed(seen_block=seen.number, seen_block_hash=Digest(seen.hash))
        who_saw_it = answer(keeper, aware)
        stage.clock.move(timedelta(seconds=121))
        error = answer(keeper, asking.changed(deadline=stage.now() + timedelta(seconds=60)))

    assert [type(who_saw_it), type(error)] == [StaleHead, StaleHead]


def test_answers_to_other_questions_are_refused(stage: Scene) -> None:
    """A header, a receipt or an event that was not asked for, or of a block that is not there."""
    stage.record()
    with behind(stage) as (client, liar):
        last = client.final().number
        transaction = events(client, stage, last)[0].tx
        receipt, header = partial(client.receipts, [transaction]), partial(client.block, last)
        logs = partial(events, client, stage, last)
        other = "0x" + 64 * "4"
        cases: list[tuple[Lie, Callable[[], object], type[SalusError]]] = [
            (about(BLOCK, lambda _, found: earlier(found)), header, LedgerFailed),
            (about(RECEIPT, changed(transactionHash=other)), receipt, LedgerFailed),
            (about(RECEIPT, changed(blockHash=other)), receipt, FinalityBroken),
            (about(LOGS, each(blockNumber="0x1")), logs, FinalityBroken),
            (about(LOGS, each(address="0x" + 40 * "6")), logs, LedgerFailed),
        ]
        for lie, question, kind in cases:
            liar.lie = honest
            question()
            liar.lie = lie
            with pytest.raises(kind):
                question()


def changed(**members: Any) -> Callable[[Any, Any], Any]:
    return lambda _, found: found | members


def each(**members: Any) -> Callable[[Any, Any], Any]:
    return lambda _, found: [one | members for one in found]


def addresses(stage: Scene) -> list[Any]:
    return [each.address for each in stage.node.contracts.values()]


def without(topic: str) -> Callable[[Any, Any], Any]:
    return lambda _, found: [one for one in found if one["topics"][0] != topic]


def events(client: RpcLedger, stage: Scene, last: int) -> list[Any]:
    return list(client.events(first=last, last=last, contracts=addresses(stage)))


def test_a_reader_who_is_told_of_another_version_opens_nothing(stage: Scene) -> None:
    """A wrong result of `recordOf`: the gateway's version does not give that root."""
    record = stage.record()
    granted = stage.grant(record)
    root = stage.node.contracts["RecordRegistry"].interface.functions["recordOf"].selector.hex()

    def other_root(params: Any, result: str) -> str:
        is_asked = params[0]["data"].startswith("0x" + root)
        known = bytes.fromhex(result[2:])
        with stage.node.reading() as session:
            mine = record_root_of(newest_version(session, record))
        return "0x" + known.replace(mine, secrets.token_bytes(32)).hex() if is_asked else result

    with behind(stage) as (client, liar):
        node = replace(stage.node, ledger=client)
        reader = stage.reader(granted)
        assert read(node, stage.keepers, reader, record, stage.units(record)).units
        stage.grant(record)  # another block: what was told of the last one is known already
        liar.lie = about(CALL, other_root)
        with pytest.raises(VersionMismatch):
            read(node, stage.keepers, reader, record, stage.units(record))


"""WHAT ONE NODE ALONE CAN HIDE, AND WHAT STOPS IT"""


def remembering(stage: Scene, liar: Lying, asking: Asking, keeper: Keeper) -> None:
    """From now on every view is answered as it was when the grant was live."""
    before: dict[str, Any] = {}

    def record(params: Any, result: Any) -> Any:
        before[params[0]["to"] + params[0]["data"]] = result
        return result

    liar.lie = about(CALL, record)
    release(keeper, asking.changed())
    liar.lie = about(
        CALL, lambda params, result: before.get(params[0]["to"] + params[0]["data"], result)
    )


def test_whose_node_lies_of_a_grant_is_outvoted_and_convicted(stage: Scene) -> None:
    asking = stage.asking(stage.record())
    with behind(stage) as (client, liar):
        c1 = asking_it(stage, stage.c1, client)
        remembering(stage, liar, asking, c1)
        stage.clock.move(timedelta(seconds=2))
        granted = stage.granted(asking)
        revoke(stage.node, granted, by=stage.wallet(asking.record))
        stage.clock.move(timedelta(seconds=2))
        stage.node.ledger.advance()
        first, *others = stage.keepers.custodians
        assert isinstance(first, Beside)
        lying = replace(stage.keepers, custodians=(replace(first, keeper=c1), *others))
        with pytest.raises(NotPermitted):
            read(
                stage.node, lying, stage.reader(granted), asking.record, stage.units(asking.record)
            )
        given = release(c1, asking.changed())
    part = given.released[0]
    convict(stage.node, Evidence(part.receipt, part.signature))


def test_events_that_are_dropped_change_the_index_and_no_decision(stage: Scene) -> None:
    """Where they fit together the index is only behind; an honest node shows it."""
    asking = stage.asking(stage.record())
    revoked = stage.node.contracts["ConsentRegistry"].interface
    (topic,) = [each for each, entry in revoked.events.items() if entry["name"] == "GrantEnded"]
    with behind(stage) as (client, liar):
        node = apart(stage, client)
        liar.lie = about(LOGS, without("0x" + topic.hex()))
        revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))
        node.follow()
        keeper = asking_it(stage, stage.c1, client)
        decided = answer(keeper, asking.changed())
        liar.lie = honest
        differences = node.rebuild_index()

    assert type(decided) is NotPermitted
    assert [each.table for each in differences] == ["consent_grant"]


def test_events_that_cannot_be_all_are_refused_and_the_index_stays(stage: Scene) -> None:
    stage.record()
    events = stage.node.contracts["RecordRegistry"].interface.events.items()
    (topic,) = [each for each, entry in events if entry["name"] == "RecordRegistered"]
    with behind(stage) as (client, liar):
        node = apart(stage, client)
        liar.lie = about(LOGS, without("0x" + topic.hex()))
        with pytest.raises(EventsMissing):
            node.follow()
        stays = node.index.cursor()
        liar.lie = honest
        node.follow()

        assert stays == -1
        assert node.rebuild_index() == ()


def test_the_keepers_answer_when_nobody_lies(stage: Scene) -> None:
    """The other tests would pass for keepers that refuse everything."""
    asking = stage.asking(stage.record())
    with behind(stage) as (client, _):
        given = release(asking_it(stage, stage.gateway, client), asking.ask)

    assert isinstance(given, m.Gate)
