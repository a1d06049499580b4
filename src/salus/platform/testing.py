"""A node that lives in memory: what tests and demonstrations of single verbs run on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from salus.kernel.clock import ManualClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import merged
from salus.platform.database import Projections, SqlIndex, create_all, open_memory
from salus.platform.ledger import Contracts, EmbeddedLedger, Ledger
from salus.platform.vault import MemoryVault
from salus.platform.work import Node, Work

CHAIN = 31_337
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def memory_node(
    *,
    deploy: Callable[[Ledger], Contracts] = lambda _ledger: {},
    projections: Projections | None = None,
) -> Node:
    """Its clock is a `ManualClock` at START; `deploy` puts contracts on its chain."""
    clock = ManualClock(START)
    database = open_memory()
    create_all(database)
    ledger = EmbeddedLedger(":memory:", clock=clock, chain_id=CHAIN, relayer=SigningKey.generate())
    index = SqlIndex(database.write, merged("projections") if projections is None else projections)
    return Node(database, ledger, deploy(ledger), MemoryVault(), clock, index)


@contextmanager
def memory_work(node: Node | None = None) -> Iterator[Work]:
    """A verb's transaction on a node in memory; it is committed at the end."""
    node = node or memory_node()
    with node.sessions() as session, session.begin():
        yield Work(node, session)
