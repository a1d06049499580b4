"""Whom and what the patient's policy lets through, row by row of the Data Use Ontology.

The rows that a contract can know are checked; the others, and the disease of DS, are duties in the
agreement. Source: exchange-and-lending, section 5.
"""

from salus.kernel.ids import Address
from salus.rights.consent.licensing.attributes import Attributes
from salus.rights.consent.licensing.model import PERMISSIONS, Duo, Policy, Region, Use
from salus.services.exchange.errors import OutsideDuo, OutsidePolicy, OutsideRegions, OutsideUses
from salus.services.exchange.model.offer import Offer, has_term

PERMISSION_BITS = sum(1 << term for term in PERMISSIONS)
KNOWN_BITS = sum(1 << term for term in Duo)
NOT_COMMERCIAL = (
    Use.ACADEMIC | Use.NON_PROFIT | Use.PUBLIC_HEALTH | Use.QUALITY | Use.SAFETY | Use.EDUCATION
)
"""Every other use counts as commercial: what is in doubt is not let through."""


def fits(offer: Offer, mask: int, uses: Use, policy: Policy) -> bool:
    """Whether a policy lets sections be licensed for uses under the terms of an offer:

    the sections are among the policy's; there is a use, and only those of the policy; the offer has
    exactly one permission, which the policy has, all modifiers of the policy, and no term that is
    not known; it has a region, and only those of the policy, unless that says ANY; and with TS it
    is neither PERPETUAL nor a SALE.
    """
    is_any = Region.ANY in policy.regions
    return (
        mask & ~policy.mask == 0
        and uses != 0
        and uses & ~policy.uses == 0
        and _permits(offer.duo, policy.duo_bits)
        and (is_any or offer.regions & ~policy.regions == 0)
        and offer.regions != 0
        and not (_has(offer, Duo.TS) and not has_term(offer.kind))
    )


def fits_policy(offer: Offer, policy: Policy) -> None:
    """Whether an offer may be posted. Raises OutsidePolicy."""
    if not fits(offer, offer.mask, offer.uses, policy):
        raise OutsidePolicy(record=offer.record)


def unmet(duo: int, use: Use, licensee: Attributes, now: int) -> int:
    """The number of the first term that a licensee does not meet with a use, else 0:

    NCU and then NPUNCU for a commercial use, NPO and then NPUNCU for an organization for profit,
    and IRB unless its ethics approval is in date.
    """
    is_commercial, is_for_profit = use not in NOT_COMMERCIAL, not licensee.is_non_profit
    rows = (
        (Duo.NCU, is_commercial),
        (Duo.NPUNCU, is_commercial),
        (Duo.NPO, is_for_profit),
        (Duo.NPUNCU, is_for_profit),
        (Duo.IRB, licensee.ethics_until <= now),
    )
    return next((int(term) for term, fails in rows if fails and duo >> term & 1), 0)


def admit(
    offer: Offer,
    mask: int,
    use: Use,
    *,
    account: Address,
    licensee: Attributes,
    policy: Policy,
    now: int,
) -> None:
    """Whether a purchase fits its offer, and the policy as it is now.

    Raises, in this order: OutsideUses unless the use is one of the offer's; OutsidePolicy;
    OutsideDuo of `unmet`; OutsideRegions unless the licensee is in a region of the offer, which may
    say ANY; OutsideDuo(NPOA) for ancestry.
    """
    if use.bit_count() != 1 or use not in offer.uses:
        raise OutsideUses(use=use.bit_length() - 1)
    if not fits(offer, mask, use, policy):
        raise OutsidePolicy(record=offer.record)
    term = unmet(offer.duo, use, licensee, now)
    if term:
        raise OutsideDuo(term=term)
    if not offer.regions & (Region.ANY | licensee.regions):
        raise OutsideRegions(account=account)
    if _has(offer, Duo.NPOA) and use == Use.ANCESTRY:
        raise OutsideDuo(term=int(Duo.NPOA))


def _permits(duo: int, policy: int) -> bool:
    permission = duo & PERMISSION_BITS
    missing = policy & KNOWN_BITS & ~PERMISSION_BITS & ~duo
    is_one = permission.bit_count() == 1
    return is_one and permission & policy != 0 and missing == 0 and duo & ~KNOWN_BITS == 0


def _has(offer: Offer, term: Duo) -> bool:
    return bool(offer.duo >> term & 1)
