"""What may be licensed: sections, terms of the Data Use Ontology, uses and regions. Pure.

Numbers are those on the ledger. Services that license ask here what they mean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Digest, RecordId
from salus.rights.consent.errors import NotLicensable
from salus.rights.consent.licensing.errors import (
    NoSuchSection,
    PermissionMissing,
    SectionMissing,
    UnknownRegion,
    UnknownTerm,
    UnknownUse,
    UseMissing,
)
from salus.rights.consent.model import Purpose
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS

NO_STANDING = Digest(bytes(32))
LICENSABLE: Final = tuple(code for code in SECTIONS if code != EMERGENCY_SUMMARY)
"""Every section but the emergency summary, as in LicensingPolicy.sol."""


class Use(IntFlag):
    """What a licensee does with a section; bits of a policy's and an offer's `uses`."""

    ACADEMIC = 1 << 0
    NON_PROFIT = 1 << 1
    COMMERCIAL_RESEARCH = 1 << 2
    DRUG = 1 << 3
    DEVICE = 1 << 4
    PUBLIC_HEALTH = 1 << 5
    QUALITY = 1 << 6
    AI_TRAINING = 1 << 7
    SAFETY = 1 << 8
    REGULATORY_EVIDENCE = 1 << 9
    INSURANCE_DESIGN = 1 << 10
    MARKETING = 1 << 11
    RECRUITMENT = 1 << 12
    EDUCATION = 1 << 13
    ANCESTRY = 1 << 14
    OTHER = 1 << 15


OFF: Final = Use.AI_TRAINING | Use.INSURANCE_DESIGN | Use.MARKETING
"""What nobody agrees to without saying so."""
USUAL: Final = Use(0xFFFF) & ~OFF
NO_USE: Final = Use(0)
PURPOSE_OF: Final = {
    Use.ACADEMIC: Purpose.HRESCH,
    Use.NON_PROFIT: Purpose.HRESCH,
    Use.COMMERCIAL_RESEARCH: Purpose.COMMERCIAL,
    Use.DRUG: Purpose.COMMERCIAL,
    Use.DEVICE: Purpose.COMMERCIAL,
    Use.PUBLIC_HEALTH: Purpose.PUBHLTH,
    Use.QUALITY: Purpose.HOPERAT,
    Use.AI_TRAINING: Purpose.COMMERCIAL,
    Use.SAFETY: Purpose.PUBHLTH,
    Use.REGULATORY_EVIDENCE: Purpose.CLINTRCH,
    Use.INSURANCE_DESIGN: Purpose.COMMERCIAL,
    Use.MARKETING: Purpose.HMARKT,
    Use.RECRUITMENT: Purpose.CLINTRCH,
    Use.EDUCATION: Purpose.HRESCH,
    Use.ANCESTRY: Purpose.COMMERCIAL,
    Use.OTHER: Purpose.COMMERCIAL,
}
"""The purpose that a grant for each use has."""


class Region(IntFlag):
    """Where a licensee is; ANY is every place. Codes of ISO 3166, besides EU and UK."""

    ANY = 1 << 0
    US = 1 << 1
    EU = 1 << 2
    UK = 1 << 3
    CN = 1 << 4
    CA = 1 << 5
    CH = 1 << 6
    NO = 1 << 7
    JP = 1 << 8
    KR = 1 << 9
    SG = 1 << 10
    IN = 1 << 11
    AU = 1 << 12
    NZ = 1 << 13
    BR = 1 << 14
    ZA = 1 << 15


NO_REGION: Final = Region(0)


class Duo(IntEnum):
    """Terms of the Data Use Ontology of GA4GH: NRES is DUO:0000004. A policy has a bit for each."""

    NRES = 4  # no restriction
    HMB = 6  # health, medical or biomedical research
    DS = 7  # research on one disease, which the agreement names
    POA = 11  # population origins or ancestry research only
    RS = 12  # one kind of research
    NMDS = 15  # no development of methods
    GSO = 16  # genetic studies only
    NPUNCU = 18  # not for profit, and not commercial
    PUB = 19  # results are published
    COL = 20  # together with the primary investigator
    IRB = 21  # ethics approval
    GS = 22  # only in the regions that are named
    MOR = 24  # publication not before a date
    TS = 25  # for a time
    US = 26  # approved users
    PS = 27  # an approved project
    IS = 28  # an approved institution
    RTN = 29  # results are given back
    GRU = 42  # general research
    CC = 43  # clinical care
    NPOA = 44  # no population origins or ancestry research
    NPO = 45  # organizations that are not for profit
    NCU = 46  # not commercial


PERMISSIONS: Final = frozenset({Duo.NRES, Duo.HMB, Duo.DS, Duo.POA, Duo.GRU})
"""What permits; an offer takes one of them. Every other term narrows."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be licensed: codes of sections, terms, uses, regions. Without sections, nothing."""

    sections: tuple[int, ...] = ()
    duo: frozenset[Duo] = frozenset()
    uses: Use = NO_USE
    regions: Region = NO_REGION

    @property
    def mask(self) -> int:
        return sum(1 << code for code in self.sections)

    @property
    def duo_bits(self) -> int:
        return sum(1 << term for term in self.duo)


NOTHING: Final = Policy()


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether licenses of a section run; `generation` counts how often it was reopened."""

    generation: int
    is_open: bool


def policy_for(
    sections: Iterable[int], duo: Iterable[Duo], uses: Use = USUAL, regions: Region = Region.ANY
) -> Policy:
    """A policy that permits something. Whoever names regions says GS as well.

    Raises SectionMissing, NotLicensable, PermissionMissing and UseMissing.
    """
    codes, terms = tuple(sorted(set(sections))), frozenset(duo)
    if not codes:
        raise SectionMissing
    if not set(codes) <= set(LICENSABLE):
        raise NotLicensable
    if not terms & PERMISSIONS:
        raise PermissionMissing
    if not uses or not regions:
        raise UseMissing
    narrowed = terms if Region.ANY in regions else terms | {Duo.GS}
    return Policy(codes, narrowed, uses, regions)


def policy_at(mask: int, duo: int, uses: int, regions: int) -> Policy:
    """What the ledger says; bits that mean nothing here are left out."""
    return Policy(
        tuple(code for code in LICENSABLE if mask >> code & 1),
        frozenset(term for term in Duo if duo >> term & 1),
        Use(uses & 0xFFFF),
        Region(regions & 0xFFFF),
    )


def section_id(record: RecordId, section: int) -> int:
    """A section of a record, as the ledger names it: the record, then the code in 8 bits."""
    return record << 8 | section


def standing_commitment(salt: Digest, terms: bytes) -> Digest:
    """SHA-256(T"salus/standing/1" || salt 32 || terms)."""
    return Digest(H(TAG("salus/standing/1"), salt, terms))


# NAMES


def names_of(flags: Use | Region) -> list[str]:
    """`ai-training` for AI_TRAINING, in the order of the bits; regions stay capital but `any`."""
    return [_name(each) for each in type(flags) if each in flags]


def section_codes(names: Sequence[str]) -> list[int]:
    """Raises NoSuchSection, and NotLicensable for the emergency summary."""
    codes = {name: code for code, name in SECTIONS.items()}
    for name in names:
        if name not in codes:
            known = ", ".join(SECTIONS[code] for code in LICENSABLE)
            raise NoSuchSection(section=name[:40], known=known)
        if codes[name] not in LICENSABLE:
            raise NotLicensable
    return [codes[name] for name in names]


def uses_of(names: Sequence[str]) -> Use:
    """Raises UnknownUse."""
    found = NO_USE
    for name in names:
        try:
            found |= Use[name.upper().replace("-", "_")]
        except KeyError:
            raise UnknownUse(use=name[:32], known=", ".join(map(_name, Use))) from None
    return found


def regions_of(names: Sequence[str]) -> Region:
    """Raises UnknownRegion."""
    found = NO_REGION
    for name in names:
        try:
            found |= Region[name.upper()]
        except KeyError:
            raise UnknownRegion(region=name[:32], known=", ".join(map(_name, Region))) from None
    return found


def duo_of(names: Sequence[str]) -> frozenset[Duo]:
    """Raises UnknownTerm."""
    try:
        return frozenset(Duo[name.upper()] for name in names)
    except KeyError as error:
        term = str(error.args[0])[:32]
        raise UnknownTerm(term=term, known=", ".join(each.name for each in Duo)) from None


def _name(flag: Use | Region) -> str:
    name = str(flag.name)
    is_code = isinstance(flag, Region) and flag is not Region.ANY
    return name if is_code else name.lower().replace("_", "-")
