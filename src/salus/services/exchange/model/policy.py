"""Whom and what the patient's policy lets through, row by row of the Data Use Ontology.

The rows that a contract can know are checked; the others, and the disease of DS, are duties in the
agreement. Source: exchange-and-lending, section 5.
"""

from dataclasses import dataclass

from salus.kernel.ids import Address
from salus.rights.consent.licensing.model import PERMISSIONS, Duo, Policy, Region, Use
from salus.services.exchange.errors import OutsideDuo, OutsidePolicy, OutsideRegions, OutsideUses
from salus.services.exchange.model.offer import Offer, has_term

PERMISSION_BITS = sum(1 << term for term in PERMISSIONS)
KNOWN_BITS = sum(1 << term for term in Duo)
NOT_COMMERCIAL = (
    Use.ACADEMIC | Use.NON_PROFIT | Use.PUBLIC_HEALTH | Use.QUALITY | Use.SAFETY | Use.EDUCATION
)
"""Every other use counts as commercial: what is in doubt is not let through."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the governors attest of a licensee: where it is, what it is, and until when (seconds,
    exclusive) an ethics board has approved its project; 0 for never.
    """

    regions: Region
    is_non_profit: bool
    ethics_until: int


def attributes_of(word: int) -> Attributes:
    """`attributesOf` of Organizations, as a number: bits 0 to 15 regions, bit 16 not for profit,
    bits 32 to 63 the end of the ethics approval. The other bits mean nothing here.
    """
    return Attributes(Region(word & 0xFFFF), bool(word >> 16 & 1), word >> 32 & 0xFFFF_FFFF)


def attributes_word(attributes: Attributes) -> int:
    """The inverse of `attributes_of`."""
    flag = int(attributes.is_non_profit) << 16
    return attributes.ethics_until << 32 | flag | int(attributes.regions)


def fits_policy(offer: Offer, policy: Policy) -> None:
    """Whether an offer may be posted. In this order:

    1. OutsidePolicy unless its sections are among the policy's;
    2. OutsideUses(number of the lowest) unless it has a use, and only those of the policy;
    3. OutsideRegions unless it has a region, and only those of the policy, which may say ANY;
    4. OutsideDuo(its lowest permission) unless it has exactly one, which the policy has;
    5. OutsideDuo(term) for the lowest modifier of the policy that it lacks, and then for its lowest
       term that is not known;
    6. OutsideDuo(TS) with TS when it is PERPETUAL or SALE.
    """
    if offer.mask & ~policy.mask:
        raise OutsidePolicy(record=offer.record)
    if not offer.uses or offer.uses & ~policy.uses:
        raise OutsideUses(use=lowest(int(offer.uses & ~policy.uses)))
    is_any = Region.ANY in policy.regions
    if not offer.regions or (not is_any and offer.regions & ~policy.regions):
        raise OutsideRegions(account=offer.seller)
    permission = offer.duo & PERMISSION_BITS
    if permission.bit_count() != 1 or not permission & policy.duo_bits:
        raise OutsideDuo(term=lowest(permission))
    lacking = policy.duo_bits & ~PERMISSION_BITS & ~offer.duo
    for bits in (lacking, offer.duo & ~KNOWN_BITS):
        if bits:
            raise OutsideDuo(term=lowest(bits))
    if _has(offer, Duo.TS) and not has_term(offer.kind):
        raise OutsideDuo(term=Duo.TS)


def fits_licensee(offer: Offer, account: Address, licensee: Attributes, use: Use, now: int) -> None:
    """Whether a purchase fits its offer. In this order:

    1. OutsideUses unless the use is one, and one of the offer's;
    2. OutsideDuo(NPUNCU), of NPUNCU: it is not commercial, and the licensee not for profit;
    3. OutsideDuo(IRB), of IRB: the licensee's ethics approval is in date;
    4. OutsideDuo(NPOA), of NPOA: the use is not ancestry;
    5. OutsideDuo(NPO), of NPO: the licensee is not for profit;
    6. OutsideDuo(NCU), of NCU: the use is not commercial;
    7. OutsideRegions unless it is in a region of the offer, which may say ANY.
    """
    if use.bit_count() != 1 or use not in offer.uses:
        raise OutsideUses(use=lowest(int(use)))
    is_idle, is_free = use in NOT_COMMERCIAL, licensee.is_non_profit
    rows = (
        (Duo.NPUNCU, is_idle and is_free),
        (Duo.IRB, licensee.ethics_until > now),
        (Duo.NPOA, use != Use.ANCESTRY),
        (Duo.NPO, is_free),
        (Duo.NCU, is_idle),
    )
    for term, is_good in rows:
        if _has(offer, term) and not is_good:
            raise OutsideDuo(term=term)
    if Region.ANY not in offer.regions and not licensee.regions & offer.regions:
        raise OutsideRegions(account=account)


def lowest(bits: int) -> int:
    """The number of the lowest bit; 0 when there is none."""
    return (bits & -bits).bit_length() - 1 if bits else 0


def _has(offer: Offer, term: Duo) -> bool:
    return bool(offer.duo >> term & 1)
