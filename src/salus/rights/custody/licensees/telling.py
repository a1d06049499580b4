"""The gateway tells a licensee which units its license opens: their ids, and nothing in them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import recover
from salus.rights.consent.handing.model import GrantedUnit
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.licensees.messages import AskUnits, LicensedUnits, units_digest
from salus.rights.custody.tables import HeldSecret
from salus.rights.records.model import UnitKind


def tell_units(keeper: Keeper, asked: AskUnits) -> LicensedUnits:
    """For who holds the license, as the ledger says now.

    Raises NotPermitted with nothing in it, whatever the reason, and TooManyReads.
    """
    now = seconds(keeper.clock.now())
    digest = units_digest(keeper.ledger.domain, asked.license, asked.deadline)
    signer = recover(digest, asked.signature)
    latest = now + (m.DEADLINE + m.SKEW).seconds
    if signer is None or not now < asked.deadline <= latest:
        raise NotPermitted
    keeper.refuse_flood(signer, now)
    at = keeper.ledger.fresh(keeper.clock.now(), keeper.settings.max_head_age)
    record = keeper.ledger.record_of_license(asked.license, at=at)
    if record is None or keeper.ledger.is_erased(record, at=at):
        raise NotPermitted
    with keeper.reading() as session:
        units = _main_units(session, record)
    sections = frozenset(each.section for each in units)
    open_ = keeper.ledger.open_sections(asked.license, signer, sections, at=at)
    if not open_:
        raise NotPermitted
    return LicensedUnits(record, tuple(each for each in units if each.section in open_))


def _main_units(session: Session, record: RecordId) -> list[GrantedUnit]:
    """Of each section, as the dealings say that are held here."""
    rows = session.scalars(select(HeldSecret).where(HeldSecret.record == record_text(record)))
    dealings = [each.dealing for each in map(Held.of, rows)]
    found = {
        each.unit: GrantedUnit(each.unit, each.section, each.kind, each.salt)
        for each in dealings
        if each.kind == UnitKind.SECTION
    }
    return sorted(found.values(), key=lambda unit: unit.section)
