"""A store that may be away: it is asked, and left alone for a while when it does not answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from salus.kernel.clock import monotonic
from salus.platform.vault.errors import StoreDown
from salus.platform.vault.port import Vault

REST = 30.0  # seconds; a store that is away must not hold up every verb for its whole timeout
T = TypeVar("T")


@dataclass(slots=True)
class Store:
    """A vault with the name that operators gave it, opened when it is first asked."""

    name: str
    opening: Callable[[], Vault] = field(repr=False)
    _vault: Vault | None = field(default=None, repr=False)
    _rests_until: float = field(default=0.0, repr=False)

    def ask(self, question: Callable[[Vault], T]) -> T:
        """Raises StoreDown, at once while it rests, and what the vault raises."""
        if monotonic() < self._rests_until:
            raise StoreDown(store=self.name)
        try:
            self._vault = self._vault or self.opening()
            return question(self._vault)
        except (StoreDown, OSError):
            self._rests_until = monotonic() + REST
            raise StoreDown(store=self.name) from None

    def wake(self) -> None:
        """Ask it again, however lately it failed."""
        self._rests_until = 0.0
