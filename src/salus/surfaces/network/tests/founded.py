"""A network that is made once for the tests of this folder."""

from pathlib import Path

from salus.kernel.clock import SystemClock
from salus.surfaces.network.engine import engine
from salus.surfaces.network.founding import found
from salus.surfaces.network.model import Founder, Founders, Network

CHAIN = 7_254_881


def two() -> Founders:
    """A hospital and a clinic on this machine, at free ports."""
    names = ("hospital", "clinic")
    return Founders(CHAIN, tuple(Founder(name, "127.0.0.1", 0, 10) for name in names), ())


def founded(out: Path, founders: Founders | None = None) -> Network:
    return found(out, founders or two(), engine=engine(), clock=SystemClock())
