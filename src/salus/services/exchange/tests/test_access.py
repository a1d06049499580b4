"""No license opens what is expired, revoked, orphaned or closed (I10); the first reason counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.ids import Address
from salus.rights.consent.licensing.model import Use
from salus.rights.revenue.model import Gate
from salus.services.exchange.model import (
    NEWEST,
    Asked,
    Kind,
    License,
    LicenseState,
    Reason,
    Standing,
    check_access,
)

NOW, RECORD, CODE = 1_800_000_000, 0xABC, 7
HOLDER, PARENT = Address(b"h" * 20), Address(b"p" * 20)
SECTION = RECORD << 8 | CODE
LICENSE = License(
    id=1,
    licensee=HOLDER,
    mask=1 << CODE | 1 << 4,
    use=Use.ACADEMIC,
    kind=Kind.SUBSCRIPTION,
    state=LicenseState.LIVE,
    generations=2 << 8 * (CODE - 1),
    version_max=NEWEST,
    end=NOW + 1,
)
ABOVE = replace(LICENSE, id=2, licensee=PARENT)
ASKED = Asked(HOLDER, RECORD, CODE, 5, Use.ACADEMIC)
STANDING = Standing({SECTION: Gate(2, (1, 2))}, frozenset({HOLDER, PARENT}))


@dataclass(frozen=True, slots=True)
class Case:
    chain: tuple[License, ...] = (LICENSE, ABOVE)
    asked: Asked = ASKED
    standing: Standing = STANDING


def on_license(**changes: object) -> Callable[[Case], Case]:
    def broken(case: Case) -> Case:
        first, *above = case.chain
        return replace(case, chain=(replace(first, **changes), *above))  # type: ignore[arg-type]

    return broken


def on_parent(**changes: object) -> Callable[[Case], Case]:
    def broken(case: Case) -> Case:
        return replace(case, chain=(case.chain[0], replace(ABOVE, **changes)))  # type: ignore[arg-type]

    return broken


def asking(**changes: object) -> Callable[[Case], Case]:
    return lambda case: replace(case, asked=replace(case.asked, **changes))  # type: ignore[arg-type]


def standing(gates: dict[int, Gate], *, accredited: bool = True) -> Callable[[Case], Case]:
    def broken(case: Case) -> Case:
        who = case.standing.accredited if accredited else frozenset({PARENT})
        return replace(case, standing=Standing(gates or dict(case.standing.gates), who))

    return broken


FAULTS = [
    (Reason.HOLDER, on_license(licensee=PARENT)),
    (Reason.SECTION, on_license(mask=1 << 4)),
    (Reason.GENERATION, standing({SECTION: Gate(2, (1, 2, NOW))})),
    (Reason.USE, asking(use=Use.DRUG)),
    (Reason.ACCREDITATION, standing({}, accredited=False)),
    (Reason.TIME, on_license(end=NOW)),
    (Reason.VERSION, on_license(version_max=4)),
    (Reason.ANCESTORS, on_parent(state=LicenseState.ENDED)),
]


def reason_of(case: Case) -> Reason:
    opens, reason = check_access(case.chain, case.asked, case.standing, NOW)

    assert opens == (reason is Reason.NONE)
    return reason


def test_a_license_opens_its_section() -> None:
    assert reason_of(Case()) is Reason.NONE


@pytest.mark.parametrize(("reason", "fault"), FAULTS)
def test_each_fault_closes_for_its_reason(reason: Reason, fault: Callable[[Case], Case]) -> None:
    assert reason_of(fault(Case())) is reason


@given(st.sets(st.sampled_from(range(len(FAULTS))), min_size=1))
def test_of_several_faults_the_first_is_told(chosen: set[int]) -> None:
    case = reduce(lambda case, number: FAULTS[number][1](case), sorted(chosen), Case())

    assert reason_of(case) is FAULTS[min(chosen)][0]


@pytest.mark.parametrize(
    "fault",
    [
        on_parent(end=NOW),
        on_parent(mask=1 << 4),
        on_parent(generations=1 << 8 * (CODE - 1)),
        on_parent(licensee=Address(b"x" * 20)),
    ],
)
def test_a_license_dies_with_what_is_above_it(fault: Callable[[Case], Case]) -> None:
    assert reason_of(fault(Case())) is Reason.ANCESTORS


def test_a_section_that_was_reopened_stays_closed_for_old_licenses() -> None:
    gate = {SECTION: Gate(3, (1, 2, NOW))}

    assert reason_of(standing(gate)(Case())) is Reason.GENERATION


def test_a_perpetual_license_has_no_end_but_can_be_revoked() -> None:
    perpetual = replace(LICENSE, kind=Kind.PERPETUAL, end=NOW - 9, version_max=5)

    assert reason_of(Case((perpetual,))) is Reason.NONE
    assert reason_of(Case((replace(perpetual, state=LicenseState.ENDED),))) is Reason.TIME


def test_no_license_opens_nothing() -> None:
    assert reason_of(Case(())) is Reason.HOLDER
