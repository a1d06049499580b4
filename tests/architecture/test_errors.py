"""Every error of a contract is an error of its capability, under the same name."""

import json
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from salus.kernel.errors import SalusError
from salus.platform.ledger import Interface
from salus.platform.ledger.contracts import _error_class as error_class

SOURCE = Path(__file__).parents[2] / "src" / "salus"


def artifacts() -> list[Path]:
    """The ABI of every contract, of rights and of services."""
    return sorted(SOURCE.glob("*/*/abi/*.json"))


def declared() -> list[tuple[str, str, tuple[str, ...]]]:
    """Package, full name and arguments of each error that our own contracts declare."""
    found = set()
    for place in artifacts():
        package = ".".join(("salus", *place.parents[1].relative_to(SOURCE).parts))
        for entry in json.loads(place.read_text())["abi"]:
            if entry["type"] == "error" and "_" in entry["name"]:
                names = tuple(each["name"] for each in entry["inputs"])
                found.add((package, entry["name"], names))
    return sorted(found)


def class_of(package: str, name: str) -> type[SalusError] | None:
    prefix, _, reason = name.rpartition("_")
    return error_class(package, prefix, reason)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("package", "name", "arguments"), declared(), ids=[each[1] for each in declared()]
)
def test_an_error_of_a_contract_has_its_class_and_its_words(
    package: str, name: str, arguments: tuple[str, ...]
) -> None:
    kind = class_of(package, name)

    assert kind is not None
    assert kind.__name__ == name.rpartition("_")[2]
    assert kind.__doc__ is not None
    assert kind.hint
    assert placeholders(kind.template() + kind.hint) <= set(arguments)


def test_a_refusal_of_the_ledger_is_raised_under_its_name() -> None:
    contract = Interface.of("salus.rights.notary", "Anchors").at(bytes(20))  # type: ignore[arg-type]
    selectors = {entry["name"]: each for each, entry in contract.interface.errors.items()}
    size = (65_537).to_bytes(32, "big")
    error = contract.error(selectors["Anchors_BadSize"] + size)

    assert "salus.rights.notary.errors" == type(error).__module__
    assert "65537" in str(error)


def test_every_contract_is_looked_at() -> None:
    """What OfferBook refuses bears the name of LicenseBook, through which it mostly comes."""
    contracts = {name.rpartition("_")[0] for _, name, _ in declared()}
    present = {place.stem for place in artifacts()}

    assert present - {"OfferBook"} | {"IntentGuard"} == contracts


def test_no_other_contract_hides_behind_a_name() -> None:
    names = list(chain.from_iterable((name,) for _, name, _ in declared()))
    prefixes = {name.count("_") for name in names}

    assert {1} == prefixes
