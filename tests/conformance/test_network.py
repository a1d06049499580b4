"""Four validators of the real engine: they agree, come back, and take in a fifth."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from salus.kernel.clock import SystemClock
from salus.kernel.errors import SalusError
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Contracts, RpcLedger, deploy, settled
from salus.platform.ledger.errors import WrongChain
from salus.platform.node import relayers
from salus.platform.testing import memory_node
from salus.platform.work import Node
from salus.rights.custody.founding import plan
from salus.rights.identity.ledger import view
from salus.rights.identity.model import Roles
from salus.rights.identity.service import admit, new_party
from salus.surfaces.network.asking import Standing, standing
from salus.surfaces.network.funding import fund
from salus.surfaces.network.holding import holder, pids
from salus.surfaces.network.rotating import rotate
from salus.surfaces.network.running import own
from salus.surfaces.network.story_founding import USUAL
from salus.surfaces.network.supervisor import SALUS
from tests.support.networked import Net, network, settle, until

CHAIN = 7_254_881
NAMES = ("clinic", "hospital", "institute", "insurer")
GOVERNORS = [new_party("hospital", Roles.SOURCE), new_party("clinic", Roles.READER)]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with network(tmp_path_factory.mktemp("network") / "net", NAMES, chain=CHAIN) as made:
        yield made


@pytest.fixture(scope="module")
def contracts(net: Net) -> Iterator[Contracts]:
    ledger = net.ledger("hospital", net.deployer())
    yield deploy(ledger, plan([each.address for each in GOVERNORS], 2))
    ledger.close()


@pytest.fixture
def node(net: Net, contracts: Contracts) -> Iterator[Node]:
    ledger = net.ledger("hospital", net.deployer())
    yield replace(memory_node(), ledger=ledger, contracts=contracts, clock=SystemClock())
    ledger.close()


def heads(net: Net, *names: str) -> list[Standing]:
    return [standing(each) for each in net.folders(*names)]


def agreed(net: Net, *names: str) -> set[str] | None:
    """The one head that all have; None while they have not."""
    found = {each.head for each in heads(net, *names)}
    return found if len(found) == 1 else None


def peers(net: Net) -> set[tuple[int, int]]:
    return {(each.peers, each.client_peers) for each in heads(net)}


def blocks(net: Net, name: str) -> list[str]:
    """The hash of every block that a validator has."""
    last = heads(net, name)[0].number
    batch = [
        {"jsonrpc": "2.0", "id": at, "method": "eth_getBlockByNumber", "params": [hex(at), False]}
        for at in range(last + 1)
    ]
    answers = httpx.post(net.url(name), json=batch, trust_env=False, timeout=30).json()
    return [each["result"]["hash"] for each in sorted(answers, key=lambda each: each["id"])]


def test_all_know_each_other_and_vote(net: Net) -> None:
    found = heads(net)

    assert list(NAMES) == [each.name for each in found]
    assert all(each.running and each.ready for each in found)
    assert [10] * 4 == [each.power for each in found]
    assert until(lambda: {(3, 3)} == peers(net), "each hears the three others")


def test_the_contract_of_organizations_stands_where_it_was_foretold(
    net: Net, contracts: Contracts
) -> None:
    assert contracts["Organizations"].address == net.network.organizations
    assert until(lambda: agreed(net), "all have the same head")


def test_a_ledger_of_another_network_is_refused(net: Net) -> None:
    with pytest.raises(WrongChain):
        RpcLedger(net.url("clinic"), relayer=net.deployer(), chain_id=CHAIN, genesis=bytes(32))


def test_what_ends_starts_again_and_nothing_is_lost(net: Net, node: Node) -> None:
    before = blocks(net, "clinic")
    processes = net.kill("clinic", "geth") | net.kill("insurer", "bridge")
    admit(node, GOVERNORS, governors=GOVERNORS)
    until(lambda: all(each.ready for each in heads(net)), "all are ready again")

    assert until(lambda: agreed(net), "all have the same head")
    assert before == blocks(net, "clinic")[: len(before)]
    assert blocks(net, "clinic") == blocks(net, "insurer") == blocks(net, "hospital")
    assert processes["bridge"] not in pids(net.folders("insurer")[0]).values()


def test_all_stop_and_start_again_where_they_were(net: Net, node: Node) -> None:
    before = blocks(net, "hospital")
    net.stop()
    stopped = heads(net)
    net.start()

    assert not any(each.running for each in stopped)
    assert [before] * 4 == [blocks(net, name) for name in NAMES]
    party = new_party("late", Roles.READER)
    admit(node, [party], governors=GOVERNORS)
    assert view(node, "Organizations", "isActive", party.address)


def test_an_account_that_was_funded_can_send(net: Net, contracts: Contracts) -> None:
    (giver,), key = net.folders("insurer"), SigningKey.generate()
    peer = own(giver, giver.read())
    fund(net.network, peer, relayers(giver.home)[0], key.address, patience=60)
    ledger = net.ledger("clinic", key)
    (receipt,) = settled(ledger, ledger.submit([contracts["Organizations"].call("platform")]))
    ledger.close()

    assert receipt.ok


def test_a_consortium_is_founded_once_on_a_network(net: Net, contracts: Contracts) -> None:
    before = sorted(net.path.iterdir())
    said = say("settle", "--organizations", USUAL, "--network", net.path)

    assert "Organizations" in contracts
    assert said["error"]["type"] == "/problems/network/already-settled"
    assert before == sorted(net.path.iterdir())


def works(net: Net, contracts: Contracts, key: SigningKey) -> bool:
    """Whether something can be sent with a key."""
    ledger = net.ledger("insurer", key)
    try:
        (receipt,) = settled(ledger, ledger.submit([contracts["Organizations"].call("platform")]))
    except SalusError:
        return False
    finally:
        ledger.close()
    return receipt.ok


def test_a_home_sends_with_new_keys_and_the_old_ones_send_nothing(
    net: Net, contracts: Contracts
) -> None:
    """The first time it is cut off after three of four; the same command ends it."""
    home = net.folders("insurer")[0].home
    old, cut = relayers(home), Mock(side_effect=[None, None, KeyboardInterrupt])

    with pytest.raises(KeyboardInterrupt):
        rotate(home, patience=60, step=cut)
    between = relayers(home)
    said = say("rotate-relayers", "--home", home)
    new = relayers(home)

    assert [True, False, False, False] == [a == b for a, b in zip(old, between, strict=True)]
    assert said["relayers"] == ["0x" + each.address.hex() for each in new]
    assert between[1:] == new[1:]
    assert not {each.address for each in old} & {each.address for each in new}
    assert [True] * 4 == [works(net, contracts, each) for each in new]
    assert [False] * 4 == [works(net, contracts, each) for each in old]
    assert (
        sorted((home / "ledger").glob("*.old*")) == sorted((home / "ledger").glob("*.next")) == []
    )


def say(*words: object) -> dict[str, Any]:
    """The answer of a command of `salus network`."""
    command = [*SALUS, "network", *map(str, words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_fifth_joins_from_nothing_votes_and_leaves(net: Net, node: Node) -> None:
    bank = new_party("bank", Roles.LENDER)
    admit(node, [bank], governors=GOVERNORS)
    homes = [
        settle(net.folders(each.name)[0], each, node.ledger, node.contracts) for each in GOVERNORS
    ]
    approvals = [word for home in homes for word in ("--approve", home)]
    where = ("--organization", "0x" + bank.address.hex(), "--network", net.path)
    made = say("add-validator", "bank", *where)
    net.start("bank")
    added = say("add-validator", "bank", *where, *approvals)

    assert (made["decided"], added["decided"]) == (False, True)
    assert until(lambda: heads(net, "bank")[0].power == 10, "the fifth votes")
    assert until(lambda: agreed(net, "bank", "hospital"), "the fifth has the head")
    assert blocks(net, "bank") == blocks(net, "hospital")

    waits = say("remove-validator", "bank", *where, *approvals[:2])
    refused = say("remove-validator", "bank", *where, "--approve", net.path / "bank")
    removed = say("remove-validator", "bank", *where, *approvals)
    admit(node, [new_party("next", Roles.READER)], governors=GOVERNORS)

    assert (waits["decided"], removed["decided"]) == (False, True)
    assert refused["error"]["type"].startswith("/problems/")
    assert until(lambda: heads(net, "bank")[0].power == 0, "the fifth votes no longer")
    net.stop("bank")
    assert holder(net.folders("bank")[0]) is None
