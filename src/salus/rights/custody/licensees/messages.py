"""What a licensee asks the gateway before it reads, and what it is told. Pure."""

from dataclasses import dataclass

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.handing.model import GrantedUnit
from salus.rights.records.model import Place, unit_id

UNITS_TYPE = keccak256(b"LicensedUnits(bytes32 license,uint64 deadline)")


@dataclass(frozen=True, slots=True)
class AskUnits:
    """Which units a license opens; signed by a key of its licensee. `deadline` in seconds."""

    license: Digest
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class LicensedUnits:
    """The main unit of each section that the license opens now."""

    record: RecordId
    units: tuple[GrantedUnit, ...]


def units_digest(domain: bytes, license_: Digest, deadline: int) -> Digest:
    return Digest(digest(domain, struct_hash(UNITS_TYPE, license_, word(deadline))))


def is_opened(told: LicensedUnits) -> bool:
    """Whether the salt of every unit opens its id."""
    return all(
        unit_id(each.salt, told.record, Place(each.section, each.kind)) == each.id
        for each in told.units
    )
