"""A keeper's store that was restored from a backup: what was erased since is erased again."""

from collections.abc import Iterator

from sqlalchemy import select

from salus.kernel.documents import parse
from salus.kernel.ids import Digest, RecordId, UnitId, record_from_text
from salus.platform.database import scrub
from salus.rights.custody.erasure.messages import Erase
from salus.rights.custody.erasure.shredding import bodies_of_units, forget_record, forget_units
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.tables import HeldSecret, StoredVersion
from salus.rights.records.model import Version


def erase_returned(keeper: Keeper) -> int:
    """Ask the ledger about each unit that is held, and delete what it calls erased; how many.

    The rows go in one transaction, and have left the files on return. Raises StillRead.
    """
    at, found = keeper.ledger.final(), 0
    for record, units in _held(keeper):
        is_whole = keeper.ledger.is_erased(record, at=at)
        gone = [
            unit for unit in units if is_whole or keeper.ledger.is_unit_erased(record, unit, at=at)
        ]
        if not gone:
            continue
        with keeper.sessions() as session, session.begin():
            keeper.vault.delete_all(bodies_of_units(session, gone))
            forget_units(session, gone)
            if is_whole:
                forget_record(session, Erase(record, (), _versions(keeper, record)))
        found += len(gone)
    if found:
        scrub(keeper.database)
    return found


def _held(keeper: Keeper) -> Iterator[tuple[RecordId, list[UnitId]]]:
    """The units that are held of each record."""
    held: dict[str, list[UnitId]] = {}
    with keeper.reading() as session:
        asked = select(HeldSecret.record, HeldSecret.unit).distinct()
        for record, unit in session.execute(asked):
            held.setdefault(record, []).append(UnitId(unit))
    return ((record_from_text(record), units) for record, units in held.items())


def _versions(keeper: Keeper, record: RecordId) -> tuple[Digest, ...]:
    """The roots of the versions of a record that are here."""
    with keeper.reading() as session:
        rows = session.scalars(select(StoredVersion))
        return tuple(
            Digest(row.root) for row in rows if parse(Version, row.version).header.record == record
        )
