"""What a gas costs: next to nothing where the network belongs to those who use it."""

from typing import Any

from salus.platform.ledger.wire import to_int


class Fees:
    """Wei a gas. A network prices up when its blocks are full, so the price is asked again."""

    def __init__(self, fixed: int | None) -> None:
        self._fixed, self.suggested = fixed, fixed or 0
        self.tip, self.price = 0, fixed or 0

    def start(self, suggested: Any, newest: Any) -> None:
        """By `eth_gasPrice` and the newest header. Raises KeyError, TypeError, ValueError."""
        self.learn(suggested)
        base = to_int(newest.get("baseFeePerGas") or "0x0")
        self.tip = min(max(self.suggested - base, 0), self.price)

    def learn(self, suggested: Any) -> None:
        """Twice what is asked now lasts for six full blocks, of which each adds an eighth."""
        self.suggested = to_int(suggested)
        if self._fixed is None:
            self.price = 2 * self.suggested

    def is_stuck(self, price: int) -> bool:
        """Whether what was signed for that price stays where it is."""
        return self._fixed is None and price < self.suggested

    def above(self, tip: int, price: int) -> tuple[int, int]:
        """Tip and price that replace others: nodes want a tenth more of both."""
        return max(self.tip, tip + tip // 4 + 1), max(self.price, price + price // 4 + 1)
