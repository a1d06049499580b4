"""What the patient allows, row by row of the Data Use Ontology."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.rights.consent.licensing.model import PERMISSIONS, Duo, Policy, Region, Use
from salus.services.exchange.errors import OutsideDuo, OutsidePolicy, OutsideRegions, OutsideUses
from salus.services.exchange.model import (
    NOT_COMMERCIAL,
    Attributes,
    Kind,
    Offer,
    admit,
    attributes_of,
    attributes_word,
    fits,
    fits_policy,
    unmet,
)

NOW = 1_800_000_000
ACCOUNT = Address(b"l" * 20)
POLICY = Policy(
    sections=(4, 7),
    duo=frozenset({Duo.GRU, Duo.HMB, Duo.IRB, Duo.GS}),
    uses=Use.ACADEMIC | Use.DRUG | Use.ANCESTRY,
    regions=Region.EU | Region.UK,
)
OFFER = Offer(
    id=1,
    token=0x1234 << 8,
    mask=1 << 7,
    kind=Kind.SUBSCRIPTION,
    prices=(5,),
    uses=Use.ACADEMIC | Use.DRUG | Use.ANCESTRY,
    regions=Region.EU,
    duo=1 << Duo.HMB | 1 << Duo.IRB | 1 << Duo.GS,
    until=NOW + 1,
    seller=Address(b"s" * 20),
    agreement_hash=Digest(bytes(32)),
)
GOOD = Attributes(Region.EU, is_non_profit=True, ethics_until=NOW + 1)


def with_duo(*terms: Duo) -> Offer:
    return replace(OFFER, duo=OFFER.duo | sum(1 << term for term in terms))


def admitted(offer: Offer, use: Use, licensee: Attributes) -> None:
    policy = replace(POLICY, duo=POLICY.duo | {term for term in Duo if offer.duo >> term & 1})
    admit(offer, offer.mask, use, account=ACCOUNT, licensee=licensee, policy=policy, now=NOW)


@pytest.mark.parametrize(
    "offer",
    [
        replace(OFFER, mask=1 << 8),
        replace(OFFER, uses=Use(0)),
        replace(OFFER, uses=Use.MARKETING),
        replace(OFFER, regions=Region(0)),
        replace(OFFER, regions=Region.ANY),
        replace(OFFER, regions=Region.US),
        replace(OFFER, duo=OFFER.duo & ~(1 << Duo.HMB)),
        with_duo(Duo.GRU),
        replace(OFFER, duo=(OFFER.duo & ~(1 << Duo.HMB)) | 1 << Duo.NRES),
        replace(OFFER, duo=OFFER.duo & ~(1 << Duo.IRB)),
        replace(OFFER, duo=OFFER.duo & ~(1 << Duo.GS)),
        replace(OFFER, duo=OFFER.duo | 1 << 5),
        replace(with_duo(Duo.TS), kind=Kind.PERPETUAL),
        replace(with_duo(Duo.TS), kind=Kind.SALE, mask=0),
    ],
)
def test_an_offer_that_goes_beyond_the_policy_is_refused(offer: Offer) -> None:
    with pytest.raises(OutsidePolicy):
        fits_policy(offer, POLICY)


@pytest.mark.parametrize(
    "offer",
    [
        OFFER,
        with_duo(Duo.NCU, Duo.RTN),
        with_duo(Duo.TS),
        replace(OFFER, kind=Kind.PERPETUAL),
        replace(OFFER, kind=Kind.SALE, mask=0),
    ],
)
def test_an_offer_within_the_policy_is_posted(offer: Offer) -> None:
    fits_policy(offer, POLICY)

    assert fits(offer, offer.mask, offer.uses, POLICY)


def test_a_policy_for_every_region_takes_any_offer_of_regions() -> None:
    assert fits(OFFER, OFFER.mask, OFFER.uses, replace(POLICY, regions=Region.ANY))


@pytest.mark.parametrize(
    ("offer", "use", "licensee", "error"),
    [
        (OFFER, Use.MARKETING, GOOD, OutsideUses),
        (OFFER, Use.ACADEMIC | Use.DRUG, GOOD, OutsideUses),
        (OFFER, Use(0), GOOD, OutsideUses),
        (with_duo(Duo.NCU), Use.DRUG, GOOD, OutsideDuo),
        (with_duo(Duo.NPUNCU), Use.DRUG, GOOD, OutsideDuo),
        (with_duo(Duo.NPO), Use.ACADEMIC, replace(GOOD, is_non_profit=False), OutsideDuo),
        (with_duo(Duo.NPUNCU), Use.ACADEMIC, replace(GOOD, is_non_profit=False), OutsideDuo),
        (OFFER, Use.ACADEMIC, replace(GOOD, ethics_until=NOW), OutsideDuo),
        (OFFER, Use.ACADEMIC, replace(GOOD, regions=Region.US), OutsideRegions),
        (OFFER, Use.ACADEMIC, replace(GOOD, regions=Region(0)), OutsideRegions),
        (with_duo(Duo.NPOA), Use.ANCESTRY, GOOD, OutsideDuo),
    ],
)
def test_a_purchase_that_does_not_fit_its_offer_is_refused(
    offer: Offer, use: Use, licensee: Attributes, error: type[SalusError]
) -> None:
    with pytest.raises(error):
        admitted(offer, use, licensee)


@pytest.mark.parametrize(
    ("offer", "use", "licensee"),
    [
        (OFFER, Use.ACADEMIC, GOOD),
        (OFFER, Use.DRUG, replace(GOOD, is_non_profit=False)),
        (with_duo(Duo.NCU, Duo.NPO, Duo.NPUNCU, Duo.NPOA), Use.ACADEMIC, GOOD),
    ],
)
def test_a_purchase_that_fits_is_let_through(offer: Offer, use: Use, licensee: Attributes) -> None:
    admitted(offer, use, licensee)

    assert unmet(offer.duo, use, licensee, NOW) == 0


def test_a_policy_that_became_narrower_stops_new_purchases_under_old_offers() -> None:
    narrow = replace(POLICY, uses=Use.DRUG)
    with pytest.raises(OutsidePolicy):
        admit(
            OFFER, OFFER.mask, Use.ACADEMIC, account=ACCOUNT, licensee=GOOD, policy=narrow, now=NOW
        )


terms = st.frozensets(st.sampled_from(Duo))


@given(terms, terms, st.sampled_from(Duo))
def test_a_policy_with_one_more_modifier_never_lets_more_through(
    policy: frozenset[Duo], offered: frozenset[Duo], more: Duo
) -> None:
    offer = replace(OFFER, duo=sum(1 << term for term in offered))
    narrow = replace(POLICY, duo=policy | ({more} - PERMISSIONS))
    wide = replace(POLICY, duo=policy)

    if fits(offer, offer.mask, offer.uses, narrow):
        assert fits(offer, offer.mask, offer.uses, wide)


@given(terms, st.sampled_from(list(Use)), st.sampled_from(Duo))
def test_one_more_term_never_admits_more(duo: frozenset[Duo], use: Use, more: Duo) -> None:
    bits = sum(1 << term for term in duo)
    licensee = replace(GOOD, is_non_profit=False, ethics_until=NOW)
    if unmet(bits | 1 << more, use, licensee, NOW) == 0:
        assert unmet(bits, use, licensee, NOW) == 0


def test_what_is_not_surely_free_of_commerce_counts_as_commercial() -> None:
    commercial = [use for use in Use if use not in NOT_COMMERCIAL]

    assert all(unmet(1 << Duo.NCU, use, GOOD, NOW) == Duo.NCU for use in commercial)
    assert Use.AI_TRAINING in commercial
    assert Use.OTHER in commercial


@given(
    st.builds(
        Attributes, st.integers(0, 2**16 - 1).map(Region), st.booleans(), st.integers(0, 2**40 - 1)
    )
)
def test_attributes_are_read_as_they_were_written(attributes: Attributes) -> None:
    assert attributes_of(attributes_word(attributes)) == attributes
