"""What is deployed is found again, and nothing else is taken for it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.ids import NOBODY
from salus.platform.errors import HomeDamaged
from salus.platform.ledger import Contracts, Deploy, EmbeddedLedger, Interface, deploy
from salus.platform.ledger.deployment import load, write
from salus.platform.ledger.errors import CodeDiffers, TransactionRefused, WrongChain
from salus.platform.ledger.tests.ledgered import OWNER, interface, new_ledger

PACKAGE = "salus.platform.ledger"


@pytest.fixture(autouse=True)
def _own_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract of the tests stands in for those of a capability."""
    monkeypatch.setattr(Interface, "of", lambda package, name: replace(interface(), name=name))


def two(ledger: EmbeddedLedger) -> Contracts:
    return deploy(
        ledger,
        [
            Deploy(PACKAGE, "First", lambda _: [OWNER]),
            Deploy(PACKAGE, "Second", lambda at: [at["First"]]),
        ],
    )


def test_contract_may_name_the_one_before() -> None:
    with new_ledger() as ledger:
        contracts = two(ledger)
        second = contracts["Second"]
        (raw,) = ledger.call([second.call("owner")], at=ledger.head())

        assert second.result("owner", raw) == contracts["First"].address


def test_refusing_constructor_says_why() -> None:
    step = Deploy(PACKAGE, "First", lambda _: [NOBODY])
    with new_ledger() as ledger, pytest.raises(TransactionRefused, match="First answered Unfor"):
        deploy(ledger, [step])


def test_deployment_is_found_again(tmp_path: Path) -> None:
    with new_ledger() as ledger:
        contracts = two(ledger)
        write(tmp_path / "deployment.json", ledger, contracts)
        found = load(tmp_path / "deployment.json", ledger)

        assert {name: each.address for name, each in found.items()} == {
            name: each.address for name, each in contracts.items()
        }


def test_deployment_of_another_chain_is_refused(tmp_path: Path) -> None:
    with new_ledger() as ledger, new_ledger() as other:
        write(tmp_path / "deployment.json", ledger, two(ledger))
        two(other)
        with pytest.raises(WrongChain):
            load(tmp_path / "deployment.json", other)


@pytest.mark.parametrize(
    ("member", "value"),
    [("address", "0x" + "00" * 20), ("code", "0x" + "00" * 32), ("creation", "0x" + "00" * 32)],
)
def test_other_code_is_refused(tmp_path: Path, member: str, value: str) -> None:
    path = tmp_path / "deployment.json"
    with new_ledger() as ledger:
        write(path, ledger, two(ledger))
        content = json.loads(path.read_text())
        content["contracts"]["Second"][member] = value
        path.write_text(json.dumps(content))
        with pytest.raises(CodeDiffers) as caught:
            load(path, ledger)

        assert caught.value.details == {"contract": "Second"}


def broken(change: Any) -> str:
    content = {"chain": 1, "genesis": "0x" + "00" * 32, "contracts": {}}
    return json.dumps(content | change)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        broken({"chain": None}),
        broken({"genesis": "0x00"}),
        broken({"contracts": []}),
        broken({"contracts": {"First": {}}}),
    ],
)
def test_damaged_deployment_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with new_ledger() as ledger, pytest.raises(HomeDamaged):
        load(path, ledger)


def test_missing_deployment_is_named(tmp_path: Path) -> None:
    with new_ledger() as ledger, pytest.raises(HomeDamaged):
        load(tmp_path / "deployment.json", ledger)
