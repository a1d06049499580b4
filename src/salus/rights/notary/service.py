"""Queue commitments, anchor them in batches, and give the evidence for one of them."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.kernel.merkle import leaf_hash, root
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.notary import ledger
from salus.rights.notary.errors import NotAnchored
from salus.rights.notary.model import Path, log_leaf, path_in
from salus.rights.notary.tables import BatchRow, Leaf

BATCH_MAX = 65_536


def queue(work: Work, content: bytes) -> None:
    """Put a leaf on its way into a batch, once."""
    if work.session.scalar(select(Leaf.number).where(Leaf.content == content)) is None:
        work.session.add(Leaf(content=content))


def anchor(node: Node, *, by: SigningKey) -> None:
    """Anchor everything that waits, oldest first. Running it twice anchors nothing twice."""
    node.follow()
    while batch := _batch(node):
        if not _is_anchored(node, batch.root):
            ledger.anchor(node, batch.root, batch.size, by=by)
            node.follow()
        with node.sessions() as session, session.begin():
            done = update(Leaf).where(Leaf.number.in_(batch.numbers))
            session.execute(done.values(batch_root=batch.root))


@dataclass(frozen=True, slots=True)
class _Waiting:
    root: bytes
    numbers: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.numbers)


def _batch(node: Node) -> _Waiting | None:
    with node.sessions() as session:
        waiting = select(Leaf).where(Leaf.batch_root.is_(None)).order_by(Leaf.number)
        leaves = list(session.scalars(waiting.limit(BATCH_MAX)))
    if not leaves:
        return None
    hashes = [leaf_hash(leaf.content) for leaf in leaves]
    return _Waiting(root(hashes), tuple(leaf.number for leaf in leaves))


def _is_anchored(node: Node, batch_root: bytes) -> bool:
    with node.sessions() as session:
        return session.scalar(select(BatchRow.batch).where(BatchRow.root == batch_root)) is not None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What ties a leaf to the log of all batches."""

    batch: Path
    log: Path
    log_root: bytes
    number: int
    block: int
    tx: bytes
    time: int


def evidence(work: Work, content: bytes) -> Evidence:
    """The way of one leaf to the newest log root that this node knows. Raises NotAnchored."""
    session = work.session
    leaf = session.scalar(select(Leaf).where(Leaf.content == content))
    if leaf is None:
        raise NotAnchored
    row = session.scalar(select(BatchRow).where(BatchRow.root == leaf.batch_root))
    if row is None:
        raise NotAnchored
    rows = list(session.scalars(select(BatchRow).order_by(BatchRow.batch)))
    log = _log(work.node, rows)
    return Evidence(
        batch=path_in(*_batch_leaves(session, leaf)),
        log=path_in(log, row.batch),
        log_root=root(log),
        number=row.batch,
        block=row.block,
        tx=row.tx,
        time=row.time,
    )


def _log(node: Node, rows: list[BatchRow]) -> list[bytes]:
    chain, anchors = node.ledger.chain_id, node.contracts["Anchors"].address
    return [leaf_hash(log_leaf(chain, Address(anchors), row.batch, row.root)) for row in rows]


def _batch_leaves(session: Session, leaf: Leaf) -> tuple[list[bytes], int]:
    same = select(Leaf).where(Leaf.batch_root == leaf.batch_root).order_by(Leaf.number)
    leaves = list(session.scalars(same))
    index = next(at for at, each in enumerate(leaves) if each.number == leaf.number)
    return [leaf_hash(each.content) for each in leaves], index
