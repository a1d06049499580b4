"""What a source knows of its erasures, and the proof that outlives a record."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_from_text
from salus.platform.work import Node, Work
from salus.rights.custody.erasure.messages import HeldPart, deleted_digest
from salus.rights.custody.erasure.model import (
    Erasure,
    Proof,
    Receipt,
    Stage,
    is_final,
)
from salus.rights.custody.erasure.tables import DeletionRow, ErasureRow
from salus.rights.custody.ledger import domain_of
from salus.rights.notary.model import deletion_leaf
from salus.rights.notary.service import evidence

_GATEWAY = 0  # the index of its half


def erasure_of(node: Node, number: int) -> Erasure:
    with node.reading() as session:
        return _erasure(session, session.get_one(ErasureRow, number))


def find_erased(session: Session, text: str) -> Erasure | None:
    """The last erasure of a record, by its handle or a beginning of it that is like no other."""
    prefix = text.lower()
    mine = ErasureRow.record.startswith(prefix, autoescape=True)
    rows = list(session.scalars(select(ErasureRow).where(mine).order_by(ErasureRow.number)))
    if not prefix or len({row.record for row in rows}) != 1:
        return None
    return _erasure(session, rows[-1])


def unproved(session: Session) -> list[Erasure]:
    """Those that are on their way, oldest first."""
    waiting = select(ErasureRow).where(ErasureRow.stage != Stage.PROVED.value)
    return [_erasure(session, row) for row in session.scalars(waiting.order_by(ErasureRow.number))]


def _erasure(session: Session, row: ErasureRow) -> Erasure:
    deletions = list(session.scalars(select(DeletionRow).where(DeletionRow.erasure == row.number)))
    waiting = [each for each in deletions if not each.signature]
    return Erasure(
        number=row.number,
        record=record_from_text(row.record),
        sections=tuple(code for code in range(32) if row.sections >> code & 1),
        stage=Stage(row.stage),
        asked_at=moment(row.asked_at),
        units=len({each.unit for each in deletions}),
        receipts=len(deletions) - len(waiting),
        waits_for=tuple(sorted({Address(each.holder) for each in waiting})),
        is_final=_is_final(row, deletions),
    )


def _is_final(row: ErasureRow, deletions: list[DeletionRow]) -> bool:
    """For every unit; the smallest number of shares that opens any of them is taken for all."""
    units: dict[tuple[bytes, int], list[DeletionRow]] = {}
    for each in deletions:
        units.setdefault((each.unit, each.epoch), []).append(each)
    return all(
        is_final(
            sum(bool(each.signature) for each in parts if each.index != _GATEWAY),
            n=len(parts) - 1,
            k=row.k,
            gateway=any(each.signature for each in parts if each.index == _GATEWAY),
        )
        for parts in units.values()
    )


def proof_of(node: Node, number: int) -> Proof:
    """Every receipt with its way into an anchored batch. Raises NotAnchored before it is proved."""
    with node.reading() as session:
        row = session.get_one(ErasureRow, number)
        mine = select(DeletionRow).where(DeletionRow.erasure == number)
        ordered = mine.order_by(DeletionRow.unit, DeletionRow.epoch, DeletionRow.index)
        work, rows = Work(node, session), list(session.scalars(ordered))
        return Proof(
            RecordId(record_from_text(row.record)),
            node.ledger.chain_id,
            Address(node.contracts["Anchors"].address),
            Address(node.contracts["CustodyRegistry"].address),
            tuple(_receipt(work, each) for each in rows),
        )


def _receipt(work: Work, row: DeletionRow) -> Receipt:
    part = HeldPart(UnitId(row.unit), row.epoch, row.index, Digest(row.commit))
    digest = deleted_digest(domain_of(work.node), part, row.time)
    found = evidence(work, deletion_leaf(digest, row.signature))
    return Receipt(
        Address(row.holder),
        part,
        row.time,
        row.signature,
        found.number,
        found.batch.index,
        found.batch.size,
        found.batch.hashes,
    )
