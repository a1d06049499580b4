"""A thousand transactions while nodes go down, lose their pools and keep their answers."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Self

import pytest

from salus.platform.ledger import RpcLedger, sender
from salus.platform.ledger.errors import LedgerUnreachable
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.tests.ledgered import deployed, new_ledger
from salus.platform.ledger.tests.pooled import Village
from salus.platform.ledger.tests.test_sender import KEYS, note, notes, texts


class Storm:
    """Blocks of random size, and random trouble, until it is over."""

    def __init__(self, village: Village, seed: int) -> None:
        self._village, self._random, self._over = village, Random(seed), Event()
        self._thread = Thread(target=self._rage)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._calm()

    def _rage(self) -> None:
        while not self._over.wait(0.002):
            for node in self._village.nodes.values():
                with self._village.lock:
                    self._trouble(node)
            self._village.mine(self._random.randint(0, 60), self._random)

    def _trouble(self, node: Any) -> None:
        chance = self._random.random()
        if chance < 0.02:
            node.lose_pool()
        elif chance < 0.06 and node.pool:
            node.pool.remove(self._random.choice(node.pool))
        elif chance < 0.10:
            node.lose_answers = self._random.randint(1, 4)
        node.down = self._random.random() < 0.05

    def _calm(self) -> None:
        for node in self._village.nodes.values():
            node.down, node.lose_answers = False, 0


def submitted(client: RpcLedger, wanted: Sequence[str]) -> tuple[list[str], list[bytes]]:
    """What was acknowledged; what certainly was not sent is tried again."""
    acknowledged: list[str] = []
    hashes: list[bytes] = []
    left, random = list(wanted), Random(len(wanted))
    while left:
        some = left[: random.randint(1, 9)]
        try:
            hashes += client.submit([note(each) for each in some])
        except LedgerUnreachable:
            continue
        acknowledged += some
        left = left[len(some) :]
    return acknowledged, hashes


def test_a_thousand_by_four_keys_in_a_storm_are_mined_once_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sender, "TEND_SECONDS", 0.0)
    chain = new_ledger()
    deployed(chain)
    village = Village(chain)
    client = RpcLedger(
        Network(village.urls),
        relayer=KEYS,
        outbox=tmp_path / "outbox.db",
        transport=village.transport(),
    )
    wanted = texts(1_000)
    with Storm(village, seed=1), ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda at: submitted(client, wanted[at::4]), range(4)))
    hashes = [each for _, some in done for each in some]
    for _ in range(200):
        client._senders.tend()
        village.mine()
        if all(client.receipts(hashes)):
            break
    client.final()
    client._senders.tend()

    assert Counter(notes(village.chain)) == Counter(each for some, _ in done for each in some)
    assert len(hashes) == 1_000
    assert all(client.receipts(hashes))
    assert [client._outbox.owed(key.address) for key in KEYS] == [[], [], [], []]
    client.close()
    chain.close()
