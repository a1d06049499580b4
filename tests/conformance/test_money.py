"""The contracts of money and their models live the same random lives: one unit of difference fails.

`SALUS_MONEY_CALLS` says how many calls; `make test-nightly` makes a million.
"""

import os
from collections.abc import Callable

import pytest

from salus.rights.revenue.model import refund
from tests.support.money.exchange import ExchangeLife
from tests.support.money.lending import LendingLife
from tests.support.money.life import Life
from tests.support.money.router import RouterLife

CALLS = int(os.environ.get("SALUS_MONEY_CALLS", "50000"))
STEPS = 400
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
        life.run(STEPS)
        calls, seed = calls + life.calls, seed + 1


def test_one_unit_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.rights.revenue.model.router.refund", lambda *a: refund(*a) + 1)

    with pytest.raises(AssertionError) as found:
        RouterLife(0).run(STEPS)

    assert "seed 0, step" in found.value.__notes__[0]
