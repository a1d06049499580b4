"""What the contracts keep to: strata, names, trees and their tests."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "contracts" / "src"
TESTS = ROOT / "contracts" / "test"
PROOFS = ROOT / "contracts" / "symbolic"
CAPABILITIES = ROOT / "src" / "salus"

# A right may import those to its right. A service is above them all, and imports no other service.
LINE = ("custody", "revenue", "consent", "records", "notary", "identity")
# Files that every capability may import whole: what is inherited or inlined, and calls nobody.
SHARED = {"identity/IntentGuard.sol", "identity/Roles.sol", "identity/Signatures.sol"}
IMPORT = re.compile(r'^import\s[^;]*?from\s+"([^"]+)";', re.MULTILINE)
CONDITION = re.compile(r"^(when|given) (.+)$")


def sources() -> list[Path]:
    return sorted(SOURCES.glob("*/*.sol"))


def trees() -> list[Path]:
    return sorted(TESTS.glob("*/*.tree"))


def imports(source: Path) -> set[Path]:
    """The files of the project that a contract imports, from the folder of sources."""
    found = IMPORT.findall(source.read_text())
    return {
        (source.parent / each).resolve().relative_to(SOURCES)
        for each in found
        if each.startswith(".")
    }


def is_allowed(source: Path, imported: Path) -> bool:
    own, other = source.parent.name, imported.parent.name
    if own == other or str(imported) in SHARED:
        return level(other) >= level(own)
    is_interface = re.match(r"I[A-Z]", imported.name) is not None
    return is_interface and level(other) > level(own)


def level(capability: str) -> int:
    """How low a capability stands: services are at -1."""
    return LINE.index(capability) if capability in LINE else -1


def verbs(artifact: Path) -> set[str]:
    """The functions of a contract that change something and are not of a standard."""
    abi = json.loads(artifact.read_text())["abi"]
    standard = {"approve", "setApprovalForAll", "safeTransferFrom"}
    is_token = any(entry.get("name") == "ownerOf" for entry in abi)
    return {
        entry["name"]
        for entry in abi
        if entry["type"] == "function"
        and entry["stateMutability"] == "nonpayable"
        and not (is_token and entry["name"] in standard)
    }


def root_of(tree: Path) -> tuple[str, str]:
    contract, verb = tree.read_text().splitlines()[0].split("::")
    return contract, verb


def expected_tests(tree: Path) -> set[str]:
    """The name of the test of each leaf: its nearest condition, and whether it reverts."""
    names = set()
    condition = ("", "")
    for line in tree.read_text().splitlines()[1:]:
        text = line.lstrip("│├└─ ")
        if found := CONDITION.match(text):
            condition = (found[1].capitalize(), found[2])
        else:
            assert text.startswith("it should "), f"{tree.name}: {text}"
            words = "".join(word[0].upper() + word[1:] for word in condition[1].split())
            reverts = "Revert" if text.startswith("it should revert") else ""
            names.add(f"test_{reverts}{condition[0]}_{words}".replace("test_When_", "test_When"))
    return {name.replace("test_Given_", "test_Given") for name in names}


def found_tests(tree: Path) -> set[str]:
    contract, verb = root_of(tree)
    name = f"{contract}_{verb.lstrip('_')}_Test"
    for file in tree.parent.glob("*.t.sol"):
        if body := re.search(rf"(?ms)^contract {name} .*?^}}", file.read_text()):
            return set(re.findall(r"function (test_\w+)", body[0]))
    return set()


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_a_contract_imports_interfaces_of_lower_capabilities_only(source: Path) -> None:
    upward = [str(each) for each in imports(source) if not is_allowed(source, each)]

    assert [] == upward


@pytest.mark.parametrize(
    ("source", "imported", "expected"),
    [
        ("consent/A.sol", "consent/B.sol", True),
        ("consent/A.sol", "records/IRecordRegistry.sol", True),
        ("consent/A.sol", "records/RecordRegistry.sol", False),
        ("records/A.sol", "consent/IAuthority.sol", False),
        ("custody/A.sol", "identity/IntentGuard.sol", True),
        ("custody/A.sol", "identity/Organizations.sol", False),
        ("care/A.sol", "consent/ICondition.sol", True),
        ("care/A.sol", "consent/ConsentRegistry.sol", False),
        ("care/A.sol", "exchange/IExchange.sol", False),
        ("consent/A.sol", "care/IReferrals.sol", False),
    ],
)
def test_the_rule_of_imports_bites(source: str, imported: str, *, expected: bool) -> None:
    assert expected == is_allowed(SOURCES / source, Path(imported))


@pytest.mark.parametrize("tree", trees(), ids=lambda tree: tree.stem)
def test_every_leaf_of_a_tree_has_its_test(tree: Path) -> None:
    assert set() == expected_tests(tree) - found_tests(tree)


def test_every_verb_has_a_tree() -> None:
    described = {root_of(tree)[1] for tree in trees()}
    missing = {
        f"{artifact.stem}::{verb}"
        for artifact in CAPABILITIES.glob("*/*/abi/*.json")
        for verb in verbs(artifact)
        if verb not in described
    }

    assert set() == missing


def test_every_contract_has_an_invariant() -> None:
    text = "".join(file.read_text() for file in TESTS.glob("*/*.t.sol"))
    missing = {
        artifact.stem
        for artifact in CAPABILITIES.glob("*/*/abi/*.json")
        if f"contract {artifact.stem}_Invariants" not in text
    }

    assert set() == missing


def test_errors_are_named_after_their_contract() -> None:
    declared = {
        (re.sub(r"^I(?=[A-Z])", "", source.stem), name)
        for source in sources()
        for name in re.findall(r"^\s+error (\w+)\(", source.read_text(), re.MULTILINE)
    }
    misnamed = {
        name for stem, name in declared if not name.startswith((f"{stem}_", "IntentGuard_"))
    }

    assert declared
    assert set() == misnamed


def test_contracts_are_short() -> None:
    long = {
        file.name
        for file in chain(sources(), TESTS.rglob("*.sol"), PROOFS.glob("*.sol"))
        if len(file.read_text().splitlines()) > 400
    }

    assert set() == long
