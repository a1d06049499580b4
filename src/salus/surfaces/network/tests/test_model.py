"""Which files of a network are refused, before anything is written."""

from dataclasses import replace
from itertools import pairwise

import pytest

from salus.kernel.documents import BadDocument, parse, text
from salus.kernel.ids import Address
from salus.surfaces.network.errors import BadNetwork
from salus.surfaces.network.founding import USUAL, founders_in
from salus.surfaces.network.model import Founder, Founders, Ports, check
from salus.surfaces.network.ports import placed

FIRST = Founder("hospital", "127.0.0.1", 21_000, 10)
SECOND = Founder("clinic", "127.0.0.1", 21_008, 10)
ACCOUNT = Address(b"\x07" * 20)
GOOD = Founders(7_254_881, (FIRST, SECOND), (ACCOUNT,))


def test_the_usual_file_is_good() -> None:
    assert len(founders_in(USUAL).validators) == 4


def test_a_file_is_read_as_it_was_written() -> None:
    assert GOOD == parse(Founders, text(GOOD))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (replace(GOOD, chain=1), "chain number 1"),
        (replace(GOOD, chain=2**31), "chain number"),
        (replace(GOOD, validators=()), "validators"),
        (replace(GOOD, validators=(FIRST,) * 129), "validators"),
        (replace(GOOD, validators=(FIRST, replace(SECOND, name="hospital"))), "hospital is there"),
        (replace(GOOD, relayers=(ACCOUNT, ACCOUNT)), "0x0707"),
        (replace(GOOD, validators=(FIRST, replace(SECOND, first_port=21_007))), "21007"),
        (replace(GOOD, validators=(FIRST, replace(SECOND, first_port=20_993))), "21000"),
        (replace(GOOD, validators=(replace(FIRST, first_port=80),)), "1024"),
        (replace(GOOD, validators=(replace(FIRST, first_port=65_530),)), "65535"),
        (replace(GOOD, validators=(replace(FIRST, power=0),)), "power"),
        (replace(GOOD, validators=(replace(FIRST, power=1_000_001),)), "power"),
        (replace(GOOD, validators=(replace(FIRST, host="hospital.example"),)), "IP address"),
        (replace(GOOD, validators=(replace(FIRST, host="0.0.0.0"),)), "IP address"),
        (replace(GOOD, validators=(replace(FIRST, name="../../etc"),)), "lower-case"),
        (replace(GOOD, validators=(replace(FIRST, name=""),)), "lower-case"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_with_its_fault(bad: Founders, reason: str) -> None:
    check(GOOD)
    with pytest.raises(BadNetwork) as caught:
        check(bad)

    assert reason in str(caught.value)


def test_the_same_ports_on_two_machines_are_fine() -> None:
    check(replace(GOOD, validators=(FIRST, replace(SECOND, host="10.0.0.2", first_port=21_000))))


def test_an_unknown_member_is_refused() -> None:
    with pytest.raises(BadDocument):
        parse(Founders, text(GOOD).replace(b'"relayers"', b'"relays"'))


def test_automatic_ports_are_apart_from_each_other_and_from_those_named() -> None:
    automatic = [Founder(f"v{at}", "127.0.0.1", 0, 1) for at in range(6)]
    found = placed([FIRST, *automatic], [("clinic", "127.0.0.1", 21_008)])
    firsts = sorted([21_008, *(each.first_port for each in found)])

    assert found[0] == FIRST
    assert all(after - before >= 8 for before, after in pairwise(firsts))


def test_the_ports_of_a_validator_are_eight_in_a_row() -> None:
    ports = Ports(100)
    found = [
        getattr(ports, name) for name in dir(Ports) if isinstance(vars(Ports).get(name), property)
    ]

    assert list(range(100, 108)) == sorted(found)
