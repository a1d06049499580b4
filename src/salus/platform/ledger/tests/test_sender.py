"""What is sent reaches the chain once, whatever becomes of pools, answers and processes."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call, EmbeddedLedger, RpcLedger, sender
from salus.platform.ledger.errors import BadTransaction, LedgerUnreachable, NotFinal
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.tests.ledgered import ANCHOR, KEY, deployed, interface, new_ledger
from salus.platform.ledger.tests.pooled import Village
from salus.platform.ledger.transactions import created_address, sign

OPEN: list[RpcLedger] = []  # of the test that runs
KEYS = [KEY, *(SigningKey.from_bytes(bytes([at]) * 32) for at in range(11, 14))]
CONTRACT = interface().at(created_address(KEY.address, 0))


@pytest.fixture
def village() -> Iterator[Village]:
    """One node; the contract is in block 1."""
    with new_ledger() as chain:
        village = Village(chain)
        client = opened(village)
        client.submit([interface().creation(b"\x11" * 20)])
        village.mine()
        yield village
        while OPEN:
            OPEN.pop().close()


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TEND_SECONDS", 0.0)


def opened(village: Village, **rest: Any) -> RpcLedger:
    keys = rest.pop("relayer", KEY)
    network = Network(village.urls)
    OPEN.append(RpcLedger(network, relayer=keys, transport=village.transport(), **rest))
    return OPEN[-1]


def note(text: str) -> Call:
    return CONTRACT.call("note", text)


def notes(chain: EmbeddedLedger) -> list[str]:
    """What the chain holds, in its order."""
    last = chain.head().number
    found = [
        CONTRACT.event(event)
        for event in chain.events(first=0, last=last, contracts=[CONTRACT.address])
    ]
    return [each.values["note"] for each in found if each and each.values["note"] != "again"]


def texts(count: int) -> list[str]:
    return [f"note {at}" for at in range(count)]


def test_a_pool_that_was_lost_is_filled_again(village: Village) -> None:
    client = opened(village)
    hashes = client.submit([note(each) for each in texts(5)])
    village.nodes["a"].lose_pool()
    assert village.mine() == 0

    client.receipts(hashes)
    village.mine()

    assert notes(village.chain) == texts(5)
    assert all(each and each.ok for each in client.receipts(hashes))


def test_a_gap_in_the_pool_is_closed_by_what_was_lost(village: Village) -> None:
    client = opened(village)
    hashes = client.submit([note(each) for each in texts(5)])
    del village.nodes["a"].pool[2]
    assert village.mine() == 2

    client.receipts(hashes)
    assert village.mine() == 3

    assert notes(village.chain) == texts(5)


def test_what_was_kept_before_a_process_died_is_sent_by_the_next(
    village: Village, tmp_path: Path
) -> None:
    first = opened(village, outbox=tmp_path / "outbox.db")
    hashes = first.submit([note(each) for each in texts(3)])
    village.nodes["a"].lose_pool()
    second = opened(village, outbox=tmp_path / "outbox.db")
    village.mine()

    assert notes(village.chain) == texts(3)
    assert all(second.receipts(hashes))


def test_what_another_process_displaced_is_signed_again_and_found_by_its_old_name(
    village: Village, tmp_path: Path
) -> None:
    """Somebody else uses the key, who does not know the outbox."""
    client = opened(village, outbox=tmp_path / "outbox.db")
    hashes = client.submit([note(each) for each in texts(3)])
    village.nodes["a"].lose_pool()
    other = opened(village)
    other.submit([note("theirs")])
    village.mine()
    for _ in range(3):
        client.receipts(hashes)
        village.mine()
    found = client.receipts(hashes)
    client.close()
    later = opened(village, outbox=tmp_path / "outbox.db")

    assert Counter(notes(village.chain)) == Counter(["theirs", *texts(3)])
    assert found[0] is not None
    assert found[0].tx != hashes[0]
    assert later.receipts(hashes) == found


def test_a_node_that_hides_a_receipt_does_not_get_a_second_transaction(village: Village) -> None:
    """One answer is not enough: three nodes, of which one says that there is no receipt."""
    with new_ledger() as chain:
        three = Village(chain, "abc")
        network = Network(three.urls, own=False)
        client = RpcLedger(network, relayer=KEY, transport=three.transport())
        OPEN.append(client)
        contract = client.submit([interface().creation(b"\x11" * 20)])
        three.mine()
        hashes = client.submit([note("once")])
        three.mine()
        three.nodes["a"].change = hide_receipts
        three.nodes["b"].down = True
        for _ in range(3):
            client._senders.tend()
            three.mine()
        three.nodes["b"].down = False
        client._senders.tend()
        three.mine()

        assert notes(chain) == ["once"]
        assert all(client.receipts([*contract, *hashes]))


def hide_receipts(asked: dict[str, Any], result: Any) -> Any:
    return None if asked["method"] == "eth_getTransactionReceipt" else result


def test_what_no_node_takes_is_told_and_what_follows_goes_on(village: Village) -> None:
    client = opened(village)
    bad = Call(CONTRACT.address, CONTRACT.call("note", "x").input + b"refuse me")
    with pytest.raises(BadTransaction, match="block gas limit"):
        client.submit([note("before"), bad, note("after")])
    client.submit([note("next")])
    village.mine()

    assert notes(village.chain) == ["before", "after", "next"]
    assert client._outbox.owed(KEY.address)[-1].nonce == 4


def test_what_was_kept_and_is_never_taken_does_not_block_the_next_process(
    village: Village, tmp_path: Path
) -> None:
    client = opened(village, outbox=tmp_path / "outbox.db")
    bad = Call(CONTRACT.address, CONTRACT.call("note", "x").input + b"refuse me")
    client._senders._own[0]._keep([bad])  # and it dies before it sends
    later = opened(village, outbox=tmp_path / "outbox.db")
    later.submit([note("next")])
    village.mine()

    assert notes(village.chain) == ["next"]


def test_a_key_that_nobody_used_before_starts_at_nothing(village: Village) -> None:
    """A hole that a foreign process left is filled, so that what is behind it can go on."""
    client = opened(village)
    waiting = sign(note("late"), nonce=3, chain_id=client.chain_id, price=0, key=KEY)
    client._senders._own[0]._next = 3
    hashes = client.submit([note("late")])
    assert hashes == [waiting[0].hash]
    assert village.mine() == 0
    client.receipts(hashes)
    village.mine()

    assert notes(village.chain) == ["late"]


def test_a_dead_node_gets_nothing_and_keeps_nothing(village: Village) -> None:
    client = opened(village)
    village.nodes["a"].down = True
    with pytest.raises(LedgerUnreachable):
        client.submit([note("never")])
    village.nodes["a"].down = False
    client.submit([note("then")])
    village.mine()
    client.receipts([bytes(32)])
    village.mine()

    assert notes(village.chain) == ["then"]


def test_an_answer_that_is_lost_for_good_is_not_a_failure(village: Village) -> None:
    """The node may have it: so it is owed, and mined once."""
    client = opened(village)
    client.next_address(0)  # the nonce is known before the trouble
    village.nodes["a"].lose_answers = 3
    hashes = client.submit([note("once")])
    village.nodes["a"].lose_pool()
    client.receipts(hashes)
    village.mine()

    assert notes(village.chain) == ["once"]


def test_a_failure_is_final_and_leaves_the_outbox(village: Village) -> None:
    client = opened(village)
    (hashed,) = client.submit([CONTRACT.call("gone", 3)])
    village.mine()
    (receipt,) = client.settled([hashed], seconds=5)
    client.submit([note("next")])

    assert not receipt.ok
    assert hashed not in [each.hash for each in client._outbox.owed(KEY.address)]


def test_several_at_a_time_go_by_several_keys_and_contracts_by_the_first(village: Village) -> None:
    client = opened(village, relayer=KEYS)
    for each in texts(8):
        client.submit([note(each)])
    foretold = client.next_address(0)
    client.submit([interface().creation(b"\x11" * 20)])
    village.mine()
    used = {tx.sender for number in range(2, 3) for tx, _ in village.chain.transactions(number)}

    assert used == {each.address for each in KEYS}
    assert village.chain.code(foretold)


def test_one_submit_keeps_its_order(village: Village) -> None:
    client = opened(village, relayer=KEYS)
    client.submit([note(each) for each in texts(50)])
    while village.mine(7, Random(5)):
        pass

    assert notes(village.chain) == texts(50)


def test_a_key_of_ones_own_sends_too(village: Village, tmp_path: Path) -> None:
    client = opened(village, outbox=tmp_path / "outbox.db")
    client.submit([CONTRACT.call("anchor", *ANCHOR)], by=KEYS[2])
    village.nodes["a"].lose_pool()
    opened(village, outbox=tmp_path / "outbox.db")  # which does not have that key
    village.mine()
    (event,) = village.chain.events(first=2, last=2, contracts=[CONTRACT.address])
    decoded = CONTRACT.event(event)

    assert decoded is not None
    assert decoded.values["by"] == KEYS[2].address


def test_what_waits_at_too_low_a_price_is_signed_at_a_higher_one(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "STUCK_SECONDS", 0)
    node = village.nodes["a"]
    node.price = 100
    client = opened(village)
    hashes = client.submit([note("dear")])
    node.price = 1_000
    client.receipts(hashes)
    (tx, _), *_ = node.pool
    village.mine()
    (receipt,) = client.receipts(hashes)

    assert tx.hash != hashes[0]
    assert receipt is not None
    assert receipt.tx == tx.hash
    assert notes(village.chain) == ["dear"]


def test_what_is_not_final_in_time_is_kept(village: Village) -> None:
    client = opened(village)
    hashes = client.submit([note("later")])
    with pytest.raises(NotFinal):
        client.settled(hashes, seconds=0)
    village.mine()

    assert [each.tx for each in client.settled(hashes, seconds=5)] == hashes


def test_a_node_that_is_away_for_a_while_is_waited_for(village: Village) -> None:
    client = opened(village)
    hashes = client.submit([note("later")])
    village.nodes["a"].down = True
    with pytest.raises(LedgerUnreachable):
        client.settled(hashes, seconds=0)


def test_many_who_wait_ask_together(village: Village) -> None:
    client = opened(village, relayer=KEYS)
    hashes = [client.submit([note(each)])[0] for each in texts(40)]
    started = Event()

    def wait(hashed: bytes) -> bool:
        started.set()
        return client.settled([hashed], seconds=20)[0].ok

    with ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(wait, each) for each in hashes]
        started.wait()
        village.nodes["a"].asked.clear()
        village.mine()
        assert all(each.result() for each in waiting)
    asked = Counter(each["method"] for each in village.nodes["a"].asked)

    assert asked["eth_getTransactionReceipt"] < 40 * 4


def test_the_first_contract_still_stands(village: Village) -> None:
    with new_ledger() as other:
        assert deployed(other).address == CONTRACT.address
