"""What the checkers of contracts find is told, and so is what nobody would notice."""

import tomllib
from typing import Any

import pytest

from tools.contracts import CONTRACTS
from tools.halmos import claims
from tools.halmos import faults as unproven
from tools.slither import EXPLAINED, place
from tools.slither import faults as unexplained

WORDS: dict[str, Any] = {"detectors": {"timestamp": "x"}, "findings": {"dead-code": {"A.b": "x"}}}
FOUND = {"timestamp": {"C.d"}, "dead-code": {"A.b"}}


def proven(name: str, **changes: Any) -> dict[str, Any]:
    """A result of halmos for a claim that holds."""
    good = {"name": f"{name}(uint8)", "exitcode": 0, "num_paths": [3, 1, 0], "num_bounded_loops": 0}
    return good | changes


def test_what_is_explained_passes() -> None:
    assert [] == unexplained(FOUND, WORDS)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (FOUND | {"dead-code": {"A.b", "A.c"}}, "dead-code: A.c is not explained in slither.toml"),
        (FOUND | {"reentrancy": {"A.b"}}, "reentrancy: A.b is not explained in slither.toml"),
        ({"timestamp": {"C.d"}}, "dead-code: A.b is explained and not found"),
        ({"dead-code": {"A.b"}}, "timestamp is explained and finds nothing"),
    ],
)
def test_findings_and_explanations_must_match(found: dict[str, set[str]], told: str) -> None:
    assert [told] == unexplained(found, WORDS)


def test_a_variable_is_named_with_its_function_and_contract() -> None:
    contract = {"type": "contract", "name": "A"}
    function = {"type": "function", "name": "b", "type_specific_fields": {"parent": contract}}
    variable = {"type": "variable", "name": "c", "type_specific_fields": {"parent": function}}

    assert "A.b.c" == place({"elements": [variable]})


def test_every_explanation_says_something() -> None:
    content = tomllib.loads(EXPLAINED.read_text())
    reasons = [content["detectors"], *content["findings"].values()]

    assert all(len(reason) > 12 for each in reasons for reason in each.values())


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (proven("check_a", exitcode=1), "check_a(uint8) does not hold, or was given up"),
        (
            proven("check_a", num_bounded_loops=1),
            "check_a(uint8) has loops longer than the bound of halmos.toml",
        ),
        (
            proven("check_a", num_paths=[3, 0, 3]),
            "check_a(uint8) claims nothing: no path comes to its end",
        ),
        (proven("check_b"), "check_a was not run"),
    ],
)
def test_what_is_not_proven_is_told(result: dict[str, Any], told: str) -> None:
    assert [told] == list(unproven({"check_a"}, [result]))


def test_what_is_proven_passes() -> None:
    assert [] == list(unproven({"check_a"}, [proven("check_a")]))


@pytest.mark.parametrize("exitcode", [0, 3, 4, 5])
def test_a_wrong_claim_that_is_proven_or_never_tried_is_told(exitcode: int) -> None:
    told = "wrong_a(uint8) is wrong, and was not found open"

    assert [told] == list(unproven({"wrong_a"}, [proven("wrong_a", exitcode=exitcode)]))


@pytest.mark.parametrize("exitcode", [1, 2])
def test_a_wrong_claim_that_stays_open_passes(exitcode: int) -> None:
    assert [] == list(unproven({"wrong_a"}, [proven("wrong_a", exitcode=exitcode)]))


def test_there_are_claims_about_rules_windows_shares_and_money() -> None:
    assert {
        "check_LegsSumToTheAmount",
        "check_ThePriceFallsInTheFifthHalfLife",
        "wrong_SharesMayBeMoreThanTheWhole",
        "check_NoFewerKeysAreEnoughOfThree",
        "check_AWindowIsOfWholeDays",
        "check_SharesAreWithinTheirBounds",
    } <= claims()


def test_the_deep_profile_lives_ten_thousand_lives_of_sixty_four_calls() -> None:
    profiles = tomllib.loads((CONTRACTS / "foundry.toml").read_text())["profile"]

    assert 64 == profiles["default"]["invariant"]["depth"]
    assert 10_000 == profiles["deep"]["invariant"]["runs"]
    assert "depth" not in profiles["deep"]["invariant"]
