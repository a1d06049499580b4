"""The contracts of money and their models live the same random lives: one unit of difference fails.

`SALUS_MONEY_CALLS` says how many calls; `make test-nightly` makes a million.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import salus
from salus.rights.revenue.model import refund
from tests.support.money import invariants
from tests.support.money.exchange import ExchangeLife
from tests.support.money.lending import LendingLife
from tests.support.money.life import Life
from tests.support.money.router import RouterLife

CALLS = int(os.environ.get("SALUS_MONEY_CALLS", "50000"))
STEPS = 400
SOURCE = Path(salus.__file__).parent
LIVES: dict[str, Callable[[int], Life]] = {
    "router": RouterLife,
    "exchange": ExchangeLife,
    "lending": LendingLife,
}


@pytest.mark.parametrize("name", LIVES)
def test_the_contracts_do_what_the_models_say(name: str) -> None:
    calls, seed = 0, 0
    while calls < CALLS // len(LIVES):
        life = LIVES[name](seed)
        agreed = life.run(STEPS)
        calls, seed = calls + life.calls, seed + 1

        assert STEPS == agreed


@pytest.mark.parametrize("capability", ["rights/revenue", "services/exchange", "services/lending"])
def test_every_invariant_of_a_readme_is_a_function(capability: str) -> None:
    text = (SOURCE / capability / "README.md").read_text()
    numbers = {int(each) for each in re.findall(r"\*\*I(\d+)\.", text)}
    functions = {int(each) for each in re.findall(r"\bi(\d+)_", " ".join(vars(invariants)))}

    assert numbers
    assert numbers <= functions


def test_one_unit_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.rights.revenue.model.router.refund", lambda *a: refund(*a) + 1)

    with pytest.raises(AssertionError) as found:
        RouterLife(0).run(STEPS)

    assert "seed 0, step" in found.value.__notes__[0]
