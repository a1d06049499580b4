"""What a license opens: the one question that custodians ask, at a final block, of a view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from salus.kernel.ids import Address
from salus.rights.consent.licensing.model import Use
from salus.rights.revenue.model import Gate
from salus.services.exchange.model.offer import Kind

NEWEST = 2**24 - 1
"""`version_max` of a license that follows the record: every kind but PERPETUAL."""


class LicenseState(IntEnum):
    NONE = 0
    LIVE = 1
    ENDED = 2


class Reason(IntEnum):
    """Why a license does not open a section; the first that holds, in this order."""

    NONE = 0
    HOLDER = 1
    SECTION = 2
    GENERATION = 3
    USE = 4
    ACCREDITATION = 5
    TIME = 6
    VERSION = 7
    ANCESTORS = 8


@dataclass(frozen=True, slots=True)
class License:
    """A license with its holder and the end of its prepayment (seconds, exclusive).

    `generations` has 8 bits for each code: those of code c begin at bit 8 * (c - 1). `use` is one
    bit; the ledger has its number. A perpetual license has no end in time: it opens versions up to
    `version_max`.
    """

    id: int
    licensee: Address
    mask: int
    use: Use
    kind: Kind
    state: LicenseState
    generations: int
    version_max: int
    end: int

    def generation(self, code: int) -> int:
        return self.generations >> 8 * (code - 1) & 0xFF


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants to open which version of which section, for what; `record` by its handle."""

    licensee: Address
    record: int
    code: int
    version: int
    use: Use


@dataclass(frozen=True, slots=True)
class Standing:
    """What others than the license book say: gates by section id, and who is accredited now."""

    gates: Mapping[int, Gate]
    accredited: frozenset[Address]


def check_access(
    chain: Sequence[License], asked: Asked, standing: Standing, now: int
) -> tuple[bool, Reason]:
    """`chain` is the license, then its parent and so on, at most 3 of them; empty for none.

    1 the license is there and `asked.licensee` holds it; 2 the section is in its mask; 3 its
    generation is the present one and open; 4 it is for this use; 5 the holder is accredited; 6 it
    is live, and before its end unless it is perpetual; 7 the version is not after `version_max`;
    8 rows 2, 3, 5 and 6 hold for each ancestor.
    """
    if not chain or chain[0].licensee != asked.licensee:
        return False, Reason.HOLDER
    license_, ancestors = chain[0], chain[1:]
    rows = (
        (Reason.SECTION, bool(license_.mask >> asked.code & 1)),
        (Reason.GENERATION, _is_open(license_, asked, standing)),
        (Reason.USE, asked.use == license_.use),
        (Reason.ACCREDITATION, license_.licensee in standing.accredited),
        (Reason.TIME, is_live(license_, now)),
        (Reason.VERSION, asked.version <= license_.version_max),
        (Reason.ANCESTORS, all(_carries(each, asked, standing, now) for each in ancestors)),
    )
    reason = next((reason for reason, holds in rows if not holds), Reason.NONE)
    return reason is Reason.NONE, reason


def is_live(license_: License, now: int) -> bool:
    """Issued, not ended, and within its time."""
    is_in_time = license_.kind is Kind.PERPETUAL or now < license_.end
    return license_.state is LicenseState.LIVE and is_in_time


def _is_open(license_: License, asked: Asked, standing: Standing) -> bool:
    gate = standing.gates.get(asked.record << 8 | asked.code, Gate())
    return gate.is_open and license_.generation(asked.code) == gate.generation


def _carries(license_: License, asked: Asked, standing: Standing, now: int) -> bool:
    return (
        bool(license_.mask >> asked.code & 1)
        and _is_open(license_, asked, standing)
        and license_.licensee in standing.accredited
        and is_live(license_, now)
    )
