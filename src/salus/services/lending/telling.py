"""How refusals of loans are told: states and terms in words, amounts in currency units."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import ClassVar

from salus.kernel.errors import Detail
from salus.rights.revenue.currency import shown
from salus.rights.revenue.telling import WORDS
from salus.rights.revenue.telling import Told as Worded


class _State(IntEnum):
    """Numbers as in ILoanBook.sol; `model` imports the errors, so it cannot be asked here."""

    none = 0
    active = 1
    cure_price = 2
    cure_income = 3
    auction = 4
    repaid = 5
    settled = 6
    foreclosed = 7


STATES: Mapping[str, str] = {
    "none": "not there",
    "active": "running well",
    "cure_price": "to be cured, because the debt is high for the value",
    "cure_income": "to be cured, because the income is low",
    "auction": "in its auction",
    "repaid": "repaid",
    "settled": "over, its pledge was sold",
    "foreclosed": "over, the lender took its pledge",
}
BOUNDS: Mapping[str, str] = {
    "tokenId": "it has to be of the record that is pledged",
    "principal": "100.00 at least have to be lent",
    "aprBps": "the interest is 36 % a year at most, and none in fruits",
    "termDays": "it is due after 30 to 1,095 days",
    "splitBps": "no more than all of the rest can pay principal",
    "warnBps": "a breach is cured at 50 % to 90 % of the value",
    "liquidationBps": "a breach is at 50 % to 90 % of the value, 10 points above its cure",
    "round": "a loan can be replaced 255 times at most",
}
BETTER: Mapping[str, str] = {
    "mode": "income has to repay it in the same way",
    "aprBps": "the interest has to be nine tenths of the present one at most",
    "termDays": "it may not be due earlier",
    "principal": "it has to cover all that is owed",
    "splitBps": "no larger part of the income may pay principal",
    "covenantRatePerDay": "it may not ask for more income",
    "warnBps": "a breach may not be harder to cure",
    "liquidationBps": "a breach may not come at less debt",
    "agreementHash": "the agreement has to stay the same",
}
_AMOUNTS = ("principal", "max", "debt", "rate", "least", "needed", "held", "value", "raw")


def _state(number: int) -> str:
    return _State(number).name if number in list(_State) else str(number)


class Told(Worded):
    """Beside SalusError: its numbers are shown in words. `said` are those for its field."""

    words: ClassVar[Mapping[str, Callable[[int], str]]] = {
        **WORDS,
        **dict.fromkeys(_AMOUNTS, shown),
        "state": _state,
    }
    spoken: ClassVar[frozenset[str]] = frozenset({"state", "field"})
    said: ClassVar[Mapping[str, str]] = {}

    def told(self) -> dict[str, str]:
        """Each word that has a sentence is that sentence."""
        known = {"state": STATES, "field": self.said}
        return {name: known.get(name, {}).get(text, text) for name, text in self.shown().items()}

    def _word(self, name: str, value: Detail) -> str:
        if name == "field" and isinstance(value, bytes):
            return value.rstrip(b"\0").decode("ascii", "replace")
        return super()._word(name, value)
