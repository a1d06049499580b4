"""Queue commitments, anchor them in batches, give evidence, and co-sign heads of the log."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address
from salus.kernel.merkle import consistency, leaf_hash, root, verify_consistency
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.notary import ledger
from salus.rights.notary.errors import (
    LogAhead,
    LogForked,
    NotAnchored,
    NoteTooOld,
    NotSince,
    OtherLog,
)
from salus.rights.notary.messages import Note
from salus.rights.notary.model import Path, log_leaf, path_in
from salus.rights.notary.proof import Since
from salus.rights.notary.tables import BatchRow, Leaf, SignedHead

BATCH_MAX = 65_536
NOTE_AGE = 300  # seconds that the clocks of a node and its witness may differ


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
    log = log_of(work)
    return Evidence(
        batch=path_in(*_batch_leaves(session, leaf)),
        log=path_in(log, row.batch),
        log_root=root(log),
        number=row.batch,
        block=row.block,
        tx=row.tx,
        time=row.time,
    )


def log_of(work: Work) -> list[bytes]:
    """The leaf hashes of the log of all batches that this node knows."""
    node, rows = work.node, work.session.scalars(select(BatchRow).order_by(BatchRow.batch))
    chain, anchors = node.ledger.chain_id, node.contracts["Anchors"].address
    return [leaf_hash(log_leaf(chain, Address(anchors), row.batch, row.root)) for row in rows]


def _batch_leaves(session: Session, leaf: Leaf) -> tuple[list[bytes], int]:
    same = select(Leaf).where(Leaf.batch_root == leaf.batch_root).order_by(Leaf.number)
    leaves = list(session.scalars(same))
    index = next(at for at, each in enumerate(leaves) if each.number == leaf.number)
    return [leaf_hash(each.content) for each in leaves], index


def since_of(log: list[bytes], size: int) -> Since | None:
    """That the log extends the one of an earlier size; None where they are the same.

    Raises LogAhead when this node has not seen so many batches.
    """
    if not 0 < size <= len(log):
        raise LogAhead(size=size, known=len(log))
    return None if size == len(log) else Since(size, tuple(consistency(log, size)))


def cosign(node: Node, note: Note, *, by: SigningKey) -> bytes:
    """Sign a head of the log that this node sees too, and that extends the last one it signed.

    What was signed is kept before the signature leaves. Raises OtherLog, NoteTooOld, LogAhead,
    LogForked, NotSince.
    """
    chain, anchors = node.ledger.chain_id, node.contracts["Anchors"].address
    if (note.chain, note.contract) != (chain, anchors):
        raise OtherLog
    if abs(seconds(node.clock.now()) - seconds(note.time)) > NOTE_AGE:
        raise NoteTooOld(limit=NOTE_AGE)
    node.follow()
    with node.sessions() as session, session.begin():
        _check_seen(log_of(Work(node, session)), note)
        _extend(session, note, by.address)
    return by.sign(note.checkpoint().digest(chain, anchors))


def _check_seen(log: list[bytes], note: Note) -> None:
    if not 0 < note.size <= len(log):
        raise LogAhead(size=note.size, known=len(log))
    if root(log[: note.size]) != note.root:
        raise LogForked(size=note.size)


def _extend(session: Session, note: Note, signer: Address) -> None:
    """Move what a witness signed last on to a head that extends it."""
    last = session.get(SignedHead, signer)
    if last is None:
        session.add(SignedHead(signer=signer, size=note.size, root=note.root))
        return
    if note.since != last.size:
        raise NotSince(size=last.size)
    if not verify_consistency(last.size, last.root, note.size, note.root, note.proof):
        raise LogForked(size=note.size)
    last.size, last.root = note.size, note.root
