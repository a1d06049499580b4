"""What may be licensed: names, bits, and policies that cannot be."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
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
from salus.rights.consent.licensing.model import (
    LICENSABLE,
    NO_REGION,
    NO_USE,
    NOTHING,
    OFF,
    PERMISSIONS,
    PURPOSE_OF,
    USUAL,
    Duo,
    Region,
    Use,
    duo_of,
    names_of,
    policy_at,
    policy_for,
    regions_of,
    section_codes,
    section_id,
    standing_commitment,
    uses_of,
)

SECTIONS = st.lists(st.sampled_from(LICENSABLE), min_size=1)
TERMS = st.sets(st.sampled_from(Duo)).filter(lambda terms: terms & PERMISSIONS)
BITS = st.integers(1, 2**16 - 1)


@given(SECTIONS, TERMS, BITS, BITS)
def test_a_policy_is_what_its_bits_say(
    sections: list[int], terms: set[Duo], uses: int, regions: int
) -> None:
    policy = policy_for(sections, terms, Use(uses), Region(regions))
    bits = (policy.mask, policy.duo_bits, int(policy.uses), int(policy.regions))

    assert policy == policy_at(*bits)
    assert policy.mask & 0xBFFE == policy.mask


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**64 - 1))
def test_bits_that_mean_nothing_are_left_out(mask: int, duo: int) -> None:
    policy = policy_at(mask, duo, 0, 0)

    assert mask & 0xBFFE == policy.mask
    assert policy.duo_bits & duo == policy.duo_bits


def test_a_section_is_named_by_its_record_and_its_code() -> None:
    assert 0xABCD07 == section_id(RecordId(0xABCD), 7)


@pytest.mark.parametrize(
    ("name", "number"),
    [("NRES", 4), ("HMB", 6), ("DS", 7), ("POA", 11), ("GRU", 42)],
)
def test_what_permits_has_the_number_of_the_ontology(name: str, number: int) -> None:
    assert Duo[name] in PERMISSIONS
    assert number == Duo[name]
    assert 1 << number == policy_for([7], [Duo[name]]).duo_bits


def test_three_uses_are_off_until_somebody_names_them() -> None:
    assert ["ai-training", "insurance-design", "marketing"] == names_of(OFF)
    assert USUAL == policy_for([7], [Duo.GRU]).uses
    assert NO_USE == USUAL & OFF
    assert Use(0xFFFF) == USUAL | OFF


def test_each_use_has_a_purpose_of_grants() -> None:
    assert set(Use) == set(PURPOSE_OF)


def test_who_names_regions_restricts_to_them() -> None:
    assert Duo.GS in policy_for([7], [Duo.GRU], USUAL, Region.EU).duo
    assert Duo.GS not in policy_for([7], [Duo.GRU], USUAL, Region.ANY | Region.EU).duo


@pytest.mark.parametrize(
    ("sections", "terms", "uses", "regions", "error"),
    [
        ([], [Duo.GRU], USUAL, Region.ANY, SectionMissing),
        ([7, 14], [Duo.GRU], USUAL, Region.ANY, NotLicensable),
        ([0], [Duo.GRU], USUAL, Region.ANY, NotLicensable),
        ([16], [Duo.GRU], USUAL, Region.ANY, NotLicensable),
        ([7], [], USUAL, Region.ANY, PermissionMissing),
        ([7], [Duo.IRB, Duo.NPO], USUAL, Region.ANY, PermissionMissing),
        ([7], [Duo.GRU], NO_USE, Region.ANY, UseMissing),
        ([7], [Duo.GRU], USUAL, NO_REGION, UseMissing),
    ],
)
def test_a_policy_that_permits_nothing_is_refused(
    sections: list[int], terms: list[Duo], uses: Use, regions: Region, error: type[SalusError]
) -> None:
    with pytest.raises(error):
        policy_for(sections, terms, uses, regions)


def test_nothing_is_no_bit() -> None:
    assert (0, 0, 0, 0) == (NOTHING.mask, NOTHING.duo_bits, NOTHING.uses, NOTHING.regions)


@given(BITS)
def test_names_are_read_as_they_are_written(bits: int) -> None:
    assert Use(bits) == uses_of(names_of(Use(bits)))
    assert Region(bits) == regions_of(names_of(Region(bits)))


def test_names_that_mean_nothing_are_refused() -> None:
    for read, name, error in (
        (uses_of, "snooping", UnknownUse),
        (regions_of, "Atlantis", UnknownRegion),
        (duo_of, "NOPE", UnknownTerm),
        (section_codes, "", NoSuchSection),
        (section_codes, "emergency-summary", NotLicensable),
    ):
        with pytest.raises(error):
            read([name])

    assert [1, 15] == section_codes(["demographics-and-social", "other"])
    assert {Duo.GRU, Duo.IRB} == duo_of(["gru", "IRB"])


def test_a_commitment_to_standing_terms_depends_on_salt_and_terms() -> None:
    made = {
        standing_commitment(salt * 32, terms)  # type: ignore[arg-type]
        for salt, terms in product((b"\x01", b"\x02"), (b"", b"a", b"b"))
    }

    assert len(made) == 6
