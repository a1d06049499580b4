"""Opening the node that lives in a home."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.kernel.clock import Clock, SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import merged
from salus.platform.database import Database, SqlIndex, migrate, open_database, open_in
from salus.platform.database.worktable import forget_leases
from salus.platform.files import Home
from salus.platform.ledger import EmbeddedLedger, Ledger
from salus.platform.ledger.deployment import load
from salus.platform.ledger.errors import LedgerOlder, SecondWriter, WrongChain
from salus.platform.ledger.served import Served, network_of, read_served, write_served
from salus.platform.ledger.settings import LedgerSettings
from salus.platform.settings import read
from salus.platform.storage import read_secret, settle, write_secret
from salus.platform.vault import opening
from salus.platform.vault.jobs import keep_repairing
from salus.platform.work import Node, catch_up

LEDGER_FILE = Path("ledger") / "chain.db"
SERVED = Path("ledger") / "served.json"  # how to reach it when another process has the file
RELAYER = Path("ledger") / "relayer.key"  # the first; others are relayer-2.key and so on
OUTBOX = Path("ledger") / "outbox.db"
DEPLOYMENT = Path("ledger") / "deployment.json"
DATABASE = Path("node") / "node.db"
STORAGE_KEY = Path("node") / "storage.key"
VAULT = opening.VAULT


@contextmanager
def open_node(path: Path, *, clock: Clock | None = None) -> Iterator[Node]:
    """A node with its index up to date; what is due is done at its end.

    Raises HomeMissing, WrongChain, CodeDiffers, LedgerOlder.
    """
    with _opened(path, clock or SystemClock()) as node:
        if isinstance(node.ledger, EmbeddedLedger):  # its one writer is this process
            with node.sessions() as session, session.begin():
                forget_leases(session)
        keep_repairing(node)
        node.follow()
        yield node
        catch_up(node)


@contextmanager
def open_copy(path: Path) -> Iterator[Node]:
    """A copy of a node, in files, that is only looked at: it does nothing that is due.

    Raises as `open_node`, and LedgerOlder.
    """
    (path / OUTBOX).unlink(missing_ok=True)  # what it would send again is for the original to send
    with _opened(path, SystemClock(), _in_files) as node:
        node.follow()
        yield node


def _in_files(path: Path, place: Path) -> Database:
    return open_database(path / place)


@contextmanager
def open_beside(path: Path) -> Iterator[Node]:
    """A node of whose home another process is in charge: what is due is left to that.

    Raises as `open_node`.
    """
    with _opened(path, SystemClock()) as node:
        node.follow()
        yield node


@contextmanager
def _opened(
    path: Path, clock: Clock, stores: Callable[[Path, Path], Database] = open_in
) -> Iterator[Node]:
    home = Home.open(path)
    ledger = open_ledger(path, clock)
    try:
        if (ledger.chain_id, ledger.genesis) != (home.chain, home.genesis):
            raise WrongChain(found=ledger.chain_id, expected=home.chain)
        database = stores(path, DATABASE)
        migrate(database)
        settle(database, path / STORAGE_KEY)
        node = Node(
            database,
            ledger,
            load(path / DEPLOYMENT, ledger),
            opening.open_vault(path / VAULT),
            clock,
            SqlIndex(database.write, merged("projections")),
            path,
        )
        _refuse_older(node)
        yield node
        database.close()
    finally:
        ledger.close()


def _refuse_older(node: Node) -> None:
    """A ledger in a file has one writer: only an older copy of it can end before the index does."""
    seen, final = node.index.cursor(), node.ledger.final().number
    if isinstance(node.ledger, EmbeddedLedger) and seen > final:
        raise LedgerOlder(block=final, seen=seen)


def open_ledger(path: Path, clock: Clock) -> Ledger:
    """The chain of a home: its file, or the process that serves the file, here or elsewhere."""
    keys = relayers(path)
    if ledger_is_elsewhere(path):
        return _served(path, keys, clock)
    try:
        return EmbeddedLedger(path / LEDGER_FILE, clock=clock, relayer=keys[0])
    except SecondWriter:
        if not (path / SERVED).exists():
            raise
        return _served(path, keys, clock)


def relayers(path: Path) -> list[SigningKey]:
    """The keys by which a home sends: more of them send more at a time."""
    return [SigningKey.from_bytes(read_secret(each)) for each in relayer_files(path)]


def relayer_files(path: Path) -> list[Path]:
    """Where these keys lie, the first one first."""
    files = [path / RELAYER]
    while (following := _relayer_file(path, len(files) + 1)).exists():
        files.append(following)
    return files


def add_relayers(path: Path, count: int) -> list[SigningKey]:
    """Make the keys that are missing up to a number; what they cost must be paid on the ledger."""
    for number in range(1, count + 1):
        file = path / RELAYER if number == 1 else _relayer_file(path, number)
        if not file.exists():
            write_secret(file, SigningKey.generate().secret())
    return relayers(path)


def _relayer_file(path: Path, number: int) -> Path:
    return (path / RELAYER).with_name(f"relayer-{number}.key")


def ledger_is_elsewhere(path: Path) -> bool:
    """Whether a home has no chain of its own and asks another process for it."""
    return not (path / LEDGER_FILE).exists() and (path / SERVED).exists()


def announce_ledger(path: Path, url: str) -> None:
    """Write down in a home where its ledger answers: one process that the home trusts."""
    announce_network(path, Served((url,)))


def announce_network(path: Path, served: Served) -> None:
    """Write down in a home which nodes its ledger has, and which chain they must follow."""
    write_served(path / SERVED, served)


def _served(path: Path, keys: list[SigningKey], clock: Clock) -> Ledger:
    from salus.platform.ledger.rpc import RpcLedger  # noqa: PLC0415 - rarely needed

    served = read_served(path / SERVED)
    return RpcLedger(
        network_of(served, read(LedgerSettings)),
        relayer=keys,
        chain_id=served.chain,
        genesis=served.genesis,
        outbox=path / OUTBOX,
        clock=clock,
    )
