"""The state of RevenueRouter as its events tell it, for whoever reads nothing else."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from salus.kernel.ids import Address
from salus.platform.ledger.contracts import DecodedEvent
from salus.rights.revenue.model import Key


@dataclass(slots=True)
class Replay:
    """Amounts in units; `terms` has the licensee and the last day of each prepayment."""

    escrowed: int = 0
    credits: Counter[Address] = field(default_factory=Counter)
    liens: set[int] = field(default_factory=set)
    terms: dict[Key, tuple[Address, int]] = field(default_factory=dict)
    unrouted: dict[int, int] = field(default_factory=dict)

    def follow(self, events: Iterable[DecodedEvent]) -> None:
        for each in events:
            if each.contract == "RevenueRouter":
                self._follow(each.name, each.values)
        assert not self.unrouted, "income was earned and not divided"

    def _follow(self, name: str, values: dict[str, Any]) -> None:
        match name:
            case "Credited":
                self.credits[Address(values["account"])] += values["amount"]
            case "Withdrawn":
                self.credits[Address(values["account"])] -= values["amount"]
            case "LienSet":
                self.liens.add(values["token"])
            case "LienCleared":
                self.liens.remove(values["token"])
            case "IncomeEarned" | "Routed":
                self._follow_income(values)
            case "PrepaymentOpened" | "PrepaymentMoved" | "PrepaymentStopped":
                self._follow_prepayment(values)

    def _follow_income(self, values: dict[str, Any]) -> None:
        """I2: the legs of an amount sum to it."""
        if "amount" in values:
            self.escrowed -= values["amount"]
            self.unrouted[values["token"]] = values["amount"]
        else:
            earned = self.unrouted.pop(values["token"], None)
            assert earned is None or earned == sum(values["split"])

    def _follow_prepayment(self, values: dict[str, Any]) -> None:
        key = (values["token"], values["license"])
        self.escrowed += values.get("price", 0) + values.get("paid", 0)
        self.escrowed -= values.get("refunded", 0) + values.get("refund", 0)
        if "endDay" in values:
            licensee = values.get("licensee") or self.terms[key][0]
            self.terms[key] = (Address(licensee), values["endDay"])
