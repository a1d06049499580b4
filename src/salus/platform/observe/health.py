"""Whether a program can do its work: one check for each part it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from salus.kernel.clock import monotonic
from salus.platform.observe.figures import HEALTH, Figure
from salus.platform.operations import named

KEPT = 5.0  # seconds for which an answer counts: whoever asks often must not load the parts


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `fault` is the key of an error, None when all is well."""

    figures: tuple[Figure, ...] = ()
    fault: str | None = None


Check = Callable[[], Finding]
"""It may raise: then its part is not well."""


@dataclass(slots=True)
class Health:
    """The checks of one program, by the name of the part each looks at."""

    checks: Mapping[str, Check]
    _found: Mapping[str, Finding] = field(default_factory=dict)
    _until: float = float("-inf")
    _turn: Lock = field(default_factory=Lock)

    def findings(self) -> Mapping[str, Finding]:
        """Of each part, at most some seconds old."""
        with self._turn:
            if monotonic() >= self._until:
                self._found = {name: _look(check) for name, check in self.checks.items()}
                self._until = monotonic() + KEPT
            return self._found

    def is_ready(self) -> bool:
        return all(found.fault is None for found in self.findings().values())

    def figures(self) -> Sequence[Figure]:
        """Those of every check, and whether each is well."""
        found = self.findings()
        states = [
            Figure(HEALTH, float(each.fault is None), {"check": name})
            for name, each in found.items()
        ]
        return [*states, *(figure for each in found.values() for figure in each.figures)]

    def shown(self) -> dict[str, object]:
        """For an operator: what is well, what is not, and the numbers."""
        return {
            "status": "ready" if self.is_ready() else "not ready",
            "checks": {name: _shown(found) for name, found in self.findings().items()},
        }


def _look(check: Check) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - that is what the check found
        return Finding(fault=named(error))


def _shown(found: Finding) -> dict[str, object]:
    state: dict[str, object] = {"status": "ok" if found.fault is None else "failed"}
    if found.fault is not None:
        state["error"] = found.fault
    return state | {each.name.removeprefix("salus_"): each.value for each in found.figures}
