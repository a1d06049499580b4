"""Opening the node that lives in a home."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.kernel.clock import Clock, SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import merged
from salus.platform.database import SqlIndex, migrate, open_in
from salus.platform.database.worktable import forget_leases
from salus.platform.files import Home, write_atomic
from salus.platform.ledger import EmbeddedLedger, Ledger
from salus.platform.ledger.deployment import load
from salus.platform.ledger.errors import SecondWriter, WrongChain
from salus.platform.storage import read_secret, settle
from salus.platform.vault import FolderVault
from salus.platform.work import Node, catch_up

LEDGER_FILE = Path("ledger") / "chain.db"
SERVED = Path("ledger") / "served.json"  # how to reach it when another process has the file
RELAYER = Path("ledger") / "relayer.key"
DEPLOYMENT = Path("ledger") / "deployment.json"
DATABASE = Path("node") / "node.db"
STORAGE_KEY = Path("node") / "storage.key"
VAULT = Path("vault")


@contextmanager
def open_node(path: Path, *, clock: Clock | None = None) -> Iterator[Node]:
    """A node with its index up to date; what is due is done at its end.

    Raises HomeMissing, WrongChain, CodeDiffers.
    """
    home = Home.open(path)
    ledger = open_ledger(path, clock or SystemClock())
    try:
        if (ledger.chain_id, ledger.genesis) != (home.chain, home.genesis):
            raise WrongChain(found=ledger.chain_id, expected=home.chain)
        database = open_in(path, DATABASE)
        migrate(database)
        settle(database, path / STORAGE_KEY)
        node = Node(
            database,
            ledger,
            load(path / DEPLOYMENT, ledger),
            FolderVault(path / VAULT),
            clock or SystemClock(),
            SqlIndex(database.write, merged("projections")),
            path,
        )
        if isinstance(ledger, EmbeddedLedger):  # its one writer is this process
            with node.sessions() as session, session.begin():
                forget_leases(session)
        node.follow()
        yield node
        catch_up(node)
        database.close()
    finally:
        ledger.close()


def open_ledger(path: Path, clock: Clock) -> Ledger:
    """The chain of a home: its file, or the process that serves the file, here or elsewhere."""
    relayer = SigningKey.from_bytes(read_secret(path / RELAYER))
    if ledger_is_elsewhere(path):
        return _served(path, relayer)
    try:
        return EmbeddedLedger(path / LEDGER_FILE, clock=clock, relayer=relayer)
    except SecondWriter:
        if not (path / SERVED).exists():
            raise
        return _served(path, relayer)


def ledger_is_elsewhere(path: Path) -> bool:
    """Whether a home has no chain of its own and asks another process for it."""
    return not (path / LEDGER_FILE).exists() and (path / SERVED).exists()


def announce_ledger(path: Path, url: str) -> None:
    """Write down in a home where its ledger answers."""
    write_atomic(path / SERVED, json.dumps({"url": url}).encode())


def _served(path: Path, relayer: SigningKey) -> Ledger:
    from salus.platform.ledger.rpc import RpcLedger  # noqa: PLC0415 - rarely needed

    return RpcLedger(json.loads((path / SERVED).read_bytes())["url"], relayer=relayer)
