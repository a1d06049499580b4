"""What a bridge counts, for whoever watches it."""

from collections import Counter
from dataclasses import dataclass, field

from salus.platform.observe.figures import Figure
from salus.platform.observe.health import Finding


@dataclass(slots=True)
class Counters:
    """Since the start of the process; refusals by the key of their error."""

    proposed: int = 0
    proposed_empty: int = 0
    accepted: int = 0
    decided: int = 0
    wakes: int = 0
    misbehaved: int = 0
    healed_by_forkchoice: int = 0
    healed_by_nudge: int = 0
    healed_by_feeding: int = 0
    fed: int = 0
    rolled_back: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, int]:
        """As names and numbers: `refused.future_dated`."""
        plain = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__  # its own declaration
            if name != "refused"
        }
        return plain | {f"refused.{key}": count for key, count in sorted(self.refused.items())}


def found(counters: Counters) -> Finding:
    """The counters as figures; a bridge that is not well has ended."""
    shown = counters.shown().items()
    return Finding(
        tuple(Figure("salus_bridge_total", count, {"event": name}) for name, count in shown)
    )
