"""A patient erases a record, or sections of it, for ever: from the wish to its proof.

Every step may be done twice, and each is written down in one transaction, so that whatever ends
the process, the next one goes on where it stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import parse
from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import offered
from salus.platform.database import scrub
from salus.platform.work import Node, Work, enqueue
from salus.rights.consent.authority import service as authority
from salus.rights.consent.authority.ledger import erased_at
from salus.rights.consent.licensing import service as licensing
from salus.rights.consent.licensing.model import LICENSABLE
from salus.rights.consent.service import controller
from salus.rights.consent.tables import GrantRow
from salus.rights.custody.erasure.alarms import end_alarm, keep_watching
from salus.rights.custody.erasure.errors import NotOnLedger
from salus.rights.custody.erasure.messages import (
    Erase,
    Erased,
    HeldPart,
    deleted_digest,
    is_signed_by,
)
from salus.rights.custody.erasure.model import Erasure, Stage, digests
from salus.rights.custody.erasure.reading import erasure_of
from salus.rights.custody.erasure.tables import DeletionRow, ErasureRow, HandedOut
from salus.rights.custody.exporting.places import forget as forget_exports
from salus.rights.custody.joint.tables import JointAnswerRow, JointReadRow
from salus.rights.custody.ledger import domain_of, erase_unit, unit_state
from salus.rights.custody.model import Dealing
from salus.rights.custody.peers import Keepers, RemoteKeeper, ask_all
from salus.rights.custody.renewing.tables import Renewal
from salus.rights.custody.resharing.tables import Drill, Resharing
from salus.rights.custody.tables import Acknowledgement, DealtUnit, PreparedUnit, ToldDenial
from salus.rights.identity.ledger import Views, send
from salus.rights.notary import service as notary
from salus.rights.notary.model import deletion_leaf
from salus.rights.records.erasing import bodies_of, erase_units, roots_of, units_in
from salus.rights.records.ledger import is_registered
from salus.rights.records.service import all_units

ERASE = "custody.erase"
Progress = Callable[[int], None]
_NOT_YET = b""
NO_COMMIT = Digest(bytes(32))


@dataclass(frozen=True, slots=True)
class Eraser:
    """A source that erases: the keepers it asks, and its key, which anchors their receipts."""

    node: Node
    keepers: Keepers
    by: SigningKey = field(repr=False)


def request(eraser: Eraser, record: RecordId, sections: Sequence[str] = ()) -> int:
    """Write the wish down, for the whole record unless sections are named; its number.

    The same wish twice is one. Raises NotOnLedger, UnknownSection.
    """
    node = eraser.node
    if not is_registered(node, record):
        raise NotOnLedger
    with node.sessions() as session, session.begin():
        units = units_in(session, record, sections) if sections else all_units(session, record)
        bits = sum({1 << unit.place.section for unit in units}) if sections else 0
        known = select(ErasureRow).where(
            ErasureRow.record == record_text(record),
            ErasureRow.sections == bits,
            ErasureRow.stage != Stage.PROVED.value,
        )
        if (row := session.scalar(known)) is None:
            work = Work(node, session)
            row = _new(work, eraser, record, bits, [unit.id for unit in units])
        return row.number


def _new(
    work: Work, eraser: Eraser, record: RecordId, bits: int, units: Sequence[UnitId]
) -> ErasureRow:
    session = work.session
    lost = [] if bits else _lost(session, record)
    bodies = [*bodies_of(session, units), *(row.segment_root for row in lost)]
    every = dict.fromkeys([*units, *(UnitId(row.unit) for row in lost)])
    row = ErasureRow(
        record=record_text(record),
        sections=bits,
        stage=Stage.REQUESTED.value,
        asked_at=seconds(work.node.clock.now()),
        k=eraser.keepers.k,
        units=b"".join(every),
        bodies=b"".join(bodies),
        versions=b"" if bits else b"".join(roots_of(session, record)),
        is_shredded=False,
    )
    session.add(row)
    session.flush()
    for dealing in _dealings(session, list(every), lost):
        session.add_all(_deletions(row.number, dealing, eraser.keepers))
    enqueue(work, ERASE, erasure=row.number)
    keep_watching(work)
    return row


def _lost(session: Session, record: RecordId) -> list[HandedOut]:
    """What an import that died left with the keepers."""
    mine = select(HandedOut).where(HandedOut.record == record_text(record))
    return list(session.scalars(mine))


def _dealings(
    session: Session, units: Sequence[UnitId], lost: Sequence[HandedOut]
) -> list[Dealing]:
    rows = [
        row.dealing
        for unit in units
        for row in session.scalars(select(DealtUnit).where(DealtUnit.unit == unit))
    ]
    rows += [row.dealing for row in lost if row.dealing]
    return [parse(Dealing, raw) for raw in dict.fromkeys(rows)]


def _deletions(erasure: int, dealing: Dealing, keepers: Keepers) -> list[DeletionRow]:
    """One row for each holder of a part."""
    commits = (dealing.gate_commit, *dealing.share_commits)
    holders = (keepers.gateway, *keepers.custodians)
    lacking = [NO_COMMIT] * (len(holders) - len(commits))
    return [
        DeletionRow(
            erasure=erasure,
            holder=keeper.member.address,
            unit=dealing.unit,
            epoch=dealing.epoch,
            index=index,
            commit=commit,
            time=0,
            signature=_NOT_YET,
        )
        for index, (keeper, commit) in enumerate(zip(holders, (*commits, *lacking), strict=False))
    ]


def pursue(eraser: Eraser, number: int, *, progress: Progress = lambda _: None) -> Erasure:
    """Do what is left of an erasure; what a keeper that does not answer holds stays to be done."""
    node = eraser.node
    row = _row(node, number)
    if row.stage in {Stage.REQUESTED.value, Stage.CLOSING.value}:
        _close(node, row)
    progress(1)
    if row.stage != Stage.PROVED.value:
        _ask_keepers(eraser, row)
        progress(1)
        _shred_here(node, number)
        progress(1)
        _prove(eraser, number)
    progress(1)
    return erasure_of(node, number)


def _row(node: Node, number: int) -> ErasureRow:
    with node.reading() as session:
        return session.get_one(ErasureRow, number)


def _move(node: Node, number: int, stage: Stage) -> None:
    with node.sessions() as session, session.begin():
        change = update(ErasureRow).where(ErasureRow.number == number)
        session.execute(change.values(stage=stage.value))


def _close(node: Node, row: ErasureRow) -> None:
    """From the block of this on nobody releases anything; what the ledger has is not asked twice.

    Raises WalletMissing where another key controls the record.
    """
    record = record_from_text(row.record)
    _move(node, row.number, Stage.CLOSING)
    if not _is_erased(node, record):
        units = [UnitId(each) for each in digests(row.units)] if row.sections else []
        living = [unit for unit in units if not _is_unit_erased(node, record, unit)]
        if living or not row.sections:
            _sign(node, row, living)
    node.follow()
    _move(node, row.number, Stage.SHREDDING)


def _sign(node: Node, row: ErasureRow, units: Sequence[UnitId]) -> None:
    """Where nobody has signed it before: by the key in the wallet of this home."""
    record = record_from_text(row.record)
    with node.reading() as session:
        key = controller(session, record)
    if row.sections:
        _close_sections(node, record, row.sections, by=key)
        send(node, *(erase_unit(node, record, unit, by=key) for unit in units))
    else:
        authority.erase(node, record=record, by=key)


def _is_unit_erased(node: Node, record: RecordId, unit: UnitId) -> bool:
    return bool(unit_state(Views(node), record, unit, at=node.ledger.final()).erased_at)


def _is_erased(node: Node, record: RecordId) -> bool:
    return erased_at(Views(node), record, at=node.ledger.final()) != 0


def _close_sections(node: Node, record: RecordId, bits: int, *, by: SigningKey) -> None:
    """Nobody goes on paying for what is erased: its licenses stop, and their rest goes back."""
    sections = [code for code in LICENSABLE if bits >> code & 1]
    if sections:
        licensing.close(node, record=record, sections=sections, by=by)


def _ask_keepers(eraser: Eraser, row: ErasureRow) -> None:
    """Ask all who have not signed yet, and keep the receipts of those who answer."""
    node, domain = eraser.node, domain_of(eraser.node)
    asked = {keeper.name: _question(node, row, keeper) for keeper in eraser.keepers.all()}
    waiting = [keeper for keeper in eraser.keepers.all() if asked[keeper.name].parts]
    answers, _ = ask_all(waiting, lambda keeper: keeper.erase(asked[keeper.name]))
    with node.sessions() as session, session.begin():
        for keeper in waiting:
            answer, question = answers.get(keeper.name), asked[keeper.name]
            holder = keeper.member.address
            if answer and is_signed_by(holder, domain, question, answer):
                _keep(session, row.number, holder, question, answer)


def _question(node: Node, row: ErasureRow, keeper: RemoteKeeper) -> Erase:
    record = record_from_text(row.record)
    with node.reading() as session:
        mine = select(DeletionRow).where(
            DeletionRow.erasure == row.number,
            DeletionRow.holder == keeper.member.address,
            DeletionRow.signature == _NOT_YET,
        )
        parts = tuple(_part(each) for each in session.scalars(mine))
    return Erase(record, parts, tuple(digests(row.versions)))


def _part(row: DeletionRow) -> HeldPart:
    return HeldPart(UnitId(row.unit), row.epoch, row.index, Digest(row.commit))


def _keep(session: Session, number: int, holder: Address, question: Erase, answer: Erased) -> None:
    for part, signature in zip(question.parts, answer.signatures, strict=True):
        key = (number, holder, part.unit, part.epoch)
        row = session.get_one(DeletionRow, key)
        row.time, row.signature = answer.time, signature


def _shred_here(node: Node, number: int) -> None:
    """This node's own rows in one transaction, then the bodies, then what the files still hold."""
    row = _row(node, number)
    record = record_from_text(row.record)
    units = [UnitId(each) for each in digests(row.units)]
    if not row.is_shredded:
        with node.sessions() as session, session.begin():
            if row.sections:
                forget_keys(session, units)
                erase_units(session, record, units)
            else:
                for erase in offered("erases"):
                    erase(Work(node, session), record)
            session.get_one(ErasureRow, number).is_shredded = True
    node.vault.delete_all(digests(row.bodies))
    scrub(node.database)
    with node.sessions() as session, session.begin():
        session.get_one(ErasureRow, number).bodies = b""


def erase_keys(work: Work, record: RecordId) -> None:
    """What custody keeps of a record that is erased: keys of units, and who holds their parts."""
    session, text = work.session, record_text(record)
    rows = session.scalars(select(ErasureRow.units).where(ErasureRow.record == text))
    known = {*(unit.id for unit in all_units(session, record))}
    forget_keys(session, [*known, *(UnitId(each) for units in rows for each in digests(units))])
    grants = select(GrantRow.grant).where(GrantRow.record == text)
    session.execute(delete(ToldDenial).where(ToldDenial.grant.in_(grants)))
    forget_exports(work, record)
    for table in (HandedOut, Renewal, Resharing, Drill, JointReadRow, JointAnswerRow):
        session.execute(delete(table).where(table.record == text))


def forget_keys(session: Session, units: Sequence[UnitId]) -> None:
    for unit in units:
        dealt = select(DealtUnit.dealing_id).where(DealtUnit.unit == unit)
        session.execute(delete(Acknowledgement).where(Acknowledgement.dealing_id.in_(dealt)))
        for table in (DealtUnit, PreparedUnit):
            session.execute(delete(table).where(table.unit == unit))


def _prove(eraser: Eraser, number: int) -> None:
    """Anchor the receipts once every keeper has signed."""
    node, domain = eraser.node, domain_of(eraser.node)
    mine = select(DeletionRow).where(DeletionRow.erasure == number)
    with node.sessions() as session, session.begin():
        rows = list(session.scalars(mine))
        if any(row.signature == _NOT_YET for row in rows):
            return
        for row in rows:
            leaf = deletion_leaf(deleted_digest(domain, _part(row), row.time), row.signature)
            notary.queue(Work(node, session), leaf)
    notary.anchor(node, by=eraser.by)
    with node.sessions() as session, session.begin():
        end_alarm(session, number)
        session.get_one(ErasureRow, number).stage = Stage.PROVED.value
