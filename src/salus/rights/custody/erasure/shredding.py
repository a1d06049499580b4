"""A keeper's side: delete what the ledger says is erased, and sign for it."""

from collections.abc import Iterator, Sequence

from sqlalchemy import LargeBinary, delete, func, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import parse
from salus.kernel.ids import RecordId, UnitId, record_text
from salus.platform.database import scrub
from salus.rights.consent.audit import service as audit
from salus.rights.custody.erasure.errors import BadErase, NotErased
from salus.rights.custody.erasure.messages import Erase, Erased, deleted_digest
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.resharing.tables import JoinedShare
from salus.rights.custody.tables import (
    AwaitedBody,
    HeldSecret,
    LogLeaf,
    Look,
    OpenedDenial,
    StoredObject,
    StoredVersion,
)
from salus.rights.records.model import Manifest, Version

_UNIT_END = 71
"""How far before its end the 64 digits of the unit begin in a receipt: its members are sorted,
`unit` and `v` end it, as `..."unit":"0x<64 digits>","v":1}`."""
_CHUNK = 400  # values that SQLite takes in one statement


def erase(keeper: Keeper, asked: Erase) -> Erased:
    """Delete the parts of units, and of an erased record everything else; twice is once.

    The ledger alone decides: nobody signs the question. What was deleted has left the files before
    anything is signed. Raises NotErased, BadErase, StillRead.
    """
    at, units = keeper.ledger.final(), asked.units()
    is_whole = keeper.ledger.is_erased(asked.record, at=at)
    if not is_whole and not all(
        keeper.ledger.is_unit_erased(asked.record, unit, at=at) for unit in units
    ):
        raise NotErased
    with keeper.sessions() as session, session.begin():
        _refuse_other(keeper, session, asked)
        if is_whole:
            units = list(dict.fromkeys([*units, *_units_of(session, asked.record)]))
        keeper.vault.delete_all(bodies_of_units(session, units))
        forget_units(session, units)
        if is_whole:
            forget_record(session, asked)
    keeper.kept.forget()
    scrub(keeper.database)
    return _signed(keeper, asked)


def _signed(keeper: Keeper, asked: Erase) -> Erased:
    time, sign = seconds(keeper.clock.now()), keeper.party.signing.sign
    digests = (deleted_digest(keeper.ledger.domain, part, time) for part in asked.parts)
    return Erased(time, tuple(map(sign, digests)))


def _refuse_other(keeper: Keeper, session: Session, asked: Erase) -> None:
    """Raises BadErase for a unit that is held of another record."""
    text = record_text(asked.record)
    for units in chunks(asked.units()):
        other = select(HeldSecret.unit).where(HeldSecret.unit.in_(units), HeldSecret.record != text)
        if session.scalar(other.limit(1)) is not None:
            raise BadErase(holder=keeper.party.name)


def _units_of(session: Session, record: RecordId) -> list[UnitId]:
    """All that is held of a record, also what its source does not know of any more."""
    mine = select(HeldSecret.unit).where(HeldSecret.record == record_text(record))
    return [UnitId(unit) for unit in session.scalars(mine)]


def bodies_of_units(session: Session, asked: Sequence[bytes]) -> list[bytes]:
    """The names of the bodies of units. They go before the rows do: a row names what is left."""
    return [
        parse(Manifest, manifest).segment_root
        for units in chunks(asked)
        for manifest in session.scalars(
            select(StoredObject.manifest).where(StoredObject.unit.in_(units))
        )
    ]


def forget_units(session: Session, asked: Sequence[bytes]) -> None:
    """Delete what a keeper has of units; of their receipts only the leaf of the log stays."""
    for units in chunks(asked):
        mine = select(StoredObject.manifest).where(StoredObject.unit.in_(units))
        names = [parse(Manifest, manifest).segment_root for manifest in session.scalars(mine)]
        for part in chunks(names):
            session.execute(delete(AwaitedBody).where(AwaitedBody.name.in_(part)))
        session.execute(delete(StoredObject).where(StoredObject.unit.in_(units)))
        for table in (HeldSecret, JoinedShare):
            session.execute(delete(table).where(table.unit.in_(units)))
        session.execute(delete(JoinedShare).where(JoinedShare.unit.in_(units)))
        digits = [unit.hex().encode() for unit in units]
        first = func.length(LogLeaf.receipt) - _UNIT_END
        unit = func.substr(LogLeaf.receipt, first, 64, type_=LargeBinary)
        session.execute(update(LogLeaf).where(unit.in_(digits)).values(salt=b"", receipt=b""))


def forget_record(session: Session, asked: Erase) -> None:
    """Versions, looks and denials of a record."""
    text = record_text(asked.record)
    audit.erase(session, asked.record)
    for table in (Look, OpenedDenial, JoinedShare):
        session.execute(delete(table).where(table.record == text))
    for root in asked.versions:
        row = session.get(StoredVersion, root)
        if row is not None and parse(Version, row.version).header.record == asked.record:
            session.delete(row)


def chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Few enough for one statement of SQLite."""
    return (values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK))
