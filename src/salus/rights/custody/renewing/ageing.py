"""Keys that have been added under for too long: their units begin a new epoch.

What is added later gets a key of its own; what is there stays readable to live grants.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.ids import RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.settings import read
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.custody.erasure.model import Stage as Erasing
from salus.rights.custody.erasure.tables import ErasureRow
from salus.rights.custody.ledger import bump, epochs_of
from salus.rights.custody.model import Dealing
from salus.rights.custody.renewing.service import Stage as Renewing
from salus.rights.custody.renewing.tables import Renewal
from salus.rights.custody.resharing.stages import Stage as Moving
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.custody.settings import CustodySettings
from salus.rights.custody.tables import DealtUnit
from salus.rights.identity.ledger import send
from salus.rights.records.model import UnitKind

AGE = "custody.bump_aged"
EVERY = timedelta(days=1)
MOST = 500  # units for which the ledger is asked at once


def keep_fresh(work: Work) -> None:
    """See to it that the age of keys is looked at every day."""
    if not is_waiting(work, AGE):
        enqueue(work, AGE, run_at=work.node.clock.now() + EVERY)


def come_back(work: Work) -> None:
    """The same from the job itself."""
    if count_waiting(work, AGE) <= 1:  # this one
        enqueue(work, AGE, run_at=work.node.clock.now() + EVERY)


def bump_aged(node: Node, *, by: SigningKey) -> int:
    """Begin the next epoch of every unit whose key is too old; how many there were.

    A unit whose next epoch has begun, and under which nothing was added since, is left as it is;
    so is a record whose keys are being moved, changed or erased. `by` is the key of the source.
    """
    dealt_before = node.clock.now() - timedelta(days=read(CustodySettings).epoch_days)
    with node.reading() as session:
        busy = _busy(session)
        aged = [
            each for each in _aged(session, dealt_before) if record_text(each.record) not in busy
        ]
    by_record: dict[RecordId, list[Dealing]] = {}
    for each in aged:
        by_record.setdefault(each.record, []).append(each)
    return sum(begin_epochs(node, record, found, by=by) for record, found in by_record.items())


def begin_epochs(node: Node, record: RecordId, dealt: list[Dealing], *, by: SigningKey) -> int:
    """Begin the next epoch of units, given the newest key of each; how many there were.

    An epoch under which nothing was added is as good as a new one: a command that died after it
    began one may be given again.
    """
    count = 0
    for at in range(0, len(dealt), MOST):
        part = dealt[at : at + MOST]
        present = epochs_of(node, record, [(UnitId(each.unit), each.section) for each in part])
        old = [
            each.unit
            for each, epochs in zip(part, present, strict=True)
            if each.epoch == epochs[-1]
        ]
        send(node, *(bump(node, record, UnitId(unit), by=by) for unit in old))
        count += len(old)
    return count


def _aged(session: Session, dealt_before: datetime) -> Iterator[Dealing]:
    """The newest key of each unit that things are added to, where it was dealt before that."""
    for dealing in newest_keys(session):
        if dealing.kind != UnitKind.SNAPSHOT and dealing.dealt_at <= dealt_before:
            yield dealing


def newest_keys(session: Session, units: Sequence[UnitId] | None = None) -> Iterator[Dealing]:
    """The key of each unit that was dealt last; without `units` of all there are."""
    rows = select(DealtUnit.unit, DealtUnit.epoch, DealtUnit.dealing)
    newest = select(DealtUnit.unit, func.max(DealtUnit.epoch)).group_by(DealtUnit.unit)
    if units is not None:
        mine = DealtUnit.unit.in_(units)
        rows, newest = rows.where(mine), newest.where(mine)
    ends = {(unit, epoch) for unit, epoch in session.execute(newest)}
    for unit, epoch, raw in session.execute(rows):
        if (unit, epoch) in ends:
            yield parse(Dealing, raw)


def _busy(session: Session) -> set[str]:
    """Records whose keys are on their way to something else."""
    asked = (
        select(ErasureRow.record).where(ErasureRow.stage != Erasing.PROVED.value),
        select(Renewal.record).where(Renewal.stage != Renewing.DONE),
        select(Resharing.record).where(Resharing.stage != Moving.DONE),
    )
    return {record for each in asked for record in session.scalars(each)}
