"""The file by which a grant reaches its reader. Pure."""

from dataclasses import dataclass

from salus.kernel.ids import Address, Digest, GrantId, UnitId
from salus.rights.consent.model import Terms
from salus.rights.records.model import Place, UnitKind, unit_id


@dataclass(frozen=True, slots=True)
class GrantedUnit:
    """Which unit of a record it is; the salt of 16 bytes opens its id."""

    id: UnitId
    section: int
    kind: int
    salt: bytes


@dataclass(frozen=True, slots=True)
class GrantFile:
    """A grant with its terms, the salt of its commitment, and the units that it names.

    It tells who may read what of a record, so it is for its reader only.
    """

    chain: int
    registry: Address
    grant: GrantId
    salt: Digest
    terms: Terms
    units: tuple[GrantedUnit, ...]


def names_its_units(file: GrantFile) -> bool:
    """Whether every unit of the terms is opened by its salt, and no other is there."""
    opened = [each.id for each in file.units if _is_own(file, each)]
    return len(opened) == len(file.units) and sorted(opened) == sorted(file.terms.clause.units)


def _is_own(file: GrantFile, unit: GrantedUnit) -> bool:
    if unit.kind not in set(UnitKind) or not 0 <= unit.section < 2**8:
        return False
    place = Place(unit.section, UnitKind(unit.kind))
    return unit_id(unit.salt, file.terms.record, place) == unit.id
