"""Faults are planted in copies, told by what noticed them, and told once."""

from pathlib import Path

import pytest

from tools import copies, mutants
from tools.contracts import CONTRACTS
from tools.faults import Mutant
from tools.faults import mutants as faults_of
from tools.mutants import Fate, Kept, Result, Stages, accepted, chosen, digest, result, table

ROUNDING = "        return Math.ceilDiv(at, DAY) * DAY;"
MUTANT = Mutant("revenue/RevenueMath", 1, ROUNDING, ROUNDING.replace(" * ", " / "))
OTHER = Mutant("lending/DebtMath", 1, "forInterest += last;", "")
DIGESTS = {"revenue/RevenueMath": "d1", "lending/DebtMath": "d2"}


def suite(**tests: str) -> dict[str, object]:
    return {"test_results": {name: {"status": status} for name, status in tests.items()}}


def test_a_fault_changes_its_line_and_no_other() -> None:
    whole = f"one\n{ROUNDING}\nthree\n"

    assert "one\n        return Math.ceilDiv(at, DAY) / DAY;\nthree\n" == MUTANT.planted(whole)


def test_to_round_down_is_written_so_that_it_compiles() -> None:
    mutant = Mutant(
        "revenue/RevenueMath", 0, ROUNDING, ROUNDING.replace("Math.ceilDiv", "_floorDiv")
    )

    assert "        return Math.mulDiv(1, at, DAY) * DAY;\n" == mutant.planted(ROUNDING + "\n")


def test_each_operator_constant_and_statement_of_a_line_is_tried() -> None:
    found = [each for each in faults_of("lending/DebtMath") if "last ==" in each.before]
    after = {each.after.strip() for each in found}

    assert "left = last != 0 ? interest - forInterest * UNIT : 0;" in after
    assert "left = last == 0 ? interest + forInterest * UNIT : 0;" in after
    assert "left = last == 0 ? interest - forInterest * UNIT : 1;" in after
    assert "" in after


def test_a_condition_after_else_is_tried_too() -> None:
    found = {each.after.strip() for each in faults_of("lending/AppraisalMath")}

    assert "} else if (income >= all.second) {" in found
    assert "} else if (!(income > all.third)) {" in found


def test_every_file_and_every_test_that_is_named_is_there() -> None:
    named = {f"src/{file}.sol" for file in mutants.TARGETS}
    named |= {test for tests in mutants.TARGETS.values() for test in tests.all}

    assert [] == sorted(name for name in named if not (CONTRACTS / name).is_file())
    assert all(tests.first and tests.wider for tests in mutants.TARGETS.values())


def test_a_larger_sample_holds_the_smaller_one() -> None:
    few, more = (chosen(["*Math"], size, 7) for size in (10, 30))

    assert (10, 30) == (len(few), len(more))
    assert set(few) < set(more)
    assert set(chosen(["*Math"], 10, 8)) != set(few)


def test_a_copy_holds_all_that_its_tests_import_and_no_other_contract(tmp_path: Path) -> None:
    copy = copies.of_tests(tmp_path, ("test/revenue/RevenueMath.t.sol",))
    sources = {path.name for path in tmp_path.glob("src/*/*.sol")}

    assert {"RevenueMath.sol", "IRevenueRouter.sol", "IIntentGuard.sol"} <= sources
    assert "Streams.sol" not in sources
    assert (tmp_path / "test" / "Base.sol").exists()
    assert "paths =" not in (copy.folder / "foundry.toml").read_text()


def test_a_copy_of_all_is_made_small_only_where_it_must_be(tmp_path: Path) -> None:
    copies.of_all(tmp_path)
    settings = (tmp_path / "foundry.toml").read_text()

    assert "src/lending/LoanBook.sol" not in settings
    assert "src/revenue/RevenueRouter.sol" in settings


def test_a_copy_fails_with_the_first_of_its_tests_that_fails() -> None:
    told = copies.by_number(
        {
            "test/mutant_0/A.t.sol:A": suite(**{"test_b()": "Failure", "test_a(uint8)": "Success"}),
            "test/mutant_0/B.t.sol:B": suite(**{"test_c()": "Success"}),
            "test/mutant_1/A.t.sol:A": suite(**{"test_b()": "Success"}),
        },
        {0, 1},
    )

    assert {0: "test_b", 1: copies.PASSED} == told


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("[PASS] test_A() (gas: 9)\n[FAIL: 1 != 2] test_B() (gas: 9)", "test_B"),
        ("[FAIL: no; counterexample: args=[1, [2]]] testFuzz_C(uint8) (runs: 1)", "testFuzz_C"),
        (
            "[FAIL: no]\n\t[Sequence] (shrunk: 1)\n\t\tcalldata=pay(uint8)\n invariant_D() (",
            "invariant_D",
        ),
        ("[PASS] test_A() (gas: 9)", None),
    ],
)
def test_forge_tells_which_test_failed(told: str, name: str | None) -> None:
    assert name == copies.first_that_failed(told)


def test_a_copy_of_which_forge_says_nothing_has_not_passed() -> None:
    with pytest.raises(SystemExit, match=r"forge ran no test of \[1\]"):
        copies.by_number({"test/mutant_0/A.t.sol:A": suite(**{"test_b()": "Success"})}, {0, 1})


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        (copies.NOT_COMPILED, Fate.STILLBORN),
        (copies.PASSED, Fate.SURVIVED),
        ("test_Legs", Fate.KILLED),
    ],
)
def test_what_is_told_decides_the_fate(told: copies.Told, fate: Fate) -> None:
    assert Result(MUTANT, fate, told or "") == result(MUTANT, told)


def test_what_was_found_is_known_again(tmp_path: Path) -> None:
    found = Result(MUTANT, Fate.KILLED, "test_Legs")
    Kept(tmp_path / "kept", DIGESTS).keep(found)

    assert [found] == Kept(tmp_path / "kept", DIGESTS).known([MUTANT])


def test_what_was_found_before_a_change_is_not_known(tmp_path: Path) -> None:
    Kept(tmp_path / "kept", DIGESTS).keep(Result(MUTANT, Fate.KILLED, "test_Legs"))

    assert [] == Kept(tmp_path / "kept", {"revenue/RevenueMath": "later"}).known([MUTANT])


def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", DIGESTS)
    kept.keep(Result(MUTANT, Fate.SURVIVED))
    whole = (tmp_path / "kept").read_text()
    (tmp_path / "kept").write_text(whole + whole[: len(whole) // 2])

    kept.keep(Result(OTHER, Fate.STILLBORN))
    found = [Result(MUTANT, Fate.SURVIVED), Result(OTHER, Fate.STILLBORN)]

    assert found == kept.known([MUTANT, OTHER])


def test_files_with_the_same_tests_and_sources_have_the_same_digest() -> None:
    assert digest("lending/DebtMath") == digest("lending/AuctionMath")
    assert digest("lending/DebtMath") != digest("revenue/RevenueMath")


def test_a_row_counts_what_compiles() -> None:
    fates = [Fate.KILLED, Fate.KILLED, Fate.SURVIVED, Fate.STILLBORN]

    assert ["| `revenue/RevenueMath` | 3 | 2 | 1 | 66 % | 1 |"] == list(
        table([Result(MUTANT, fate) for fate in fates])
    )


def test_what_is_accepted_is_a_fault_that_can_be_planted() -> None:
    names = {each.name for file in mutants.TARGETS for each in faults_of(file)}

    assert frozenset() == accepted() - names


def test_all_tests_are_those_tried_first_and_the_wider_ones() -> None:
    assert ("a", "b") == Stages(("a",), ("b",)).all
