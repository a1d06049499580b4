"""Living one act of a story in a process that dies at a write step."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from tests.faults.points import Points, install

ACKNOWLEDGED = b"ok"


@dataclass(frozen=True, slots=True)
class Act:
    """What a process does while it may die, on a home that `prepared` made."""

    name: str
    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    stride: int = 1
    """Kill at each step; where the same steps come again for every keeper, at some of them.

    It is odd: a commit has a point before it and one behind it, and both are to come up.
    """


def live(
    home: Path, act: Act, deadly: int | None, *, after: float | None = None
) -> tuple[bool, int]:
    """Run an act in a forked process that dies at a step, or after some seconds, or not at all.

    Returns whether the act was acknowledged, and how many write steps it had.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        points = Points(deadly)
        install(points)
        status = 1
        try:
            act.run(home)
            os.write(writing, ACKNOWLEDGED + str(points.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    timer = Timer(after or 0, os.kill, (child, signal.SIGKILL))
    if after is not None:
        timer.start()
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    timer.cancel()
    if after is not None:
        timer.join()  # before the child is reaped: its number must not be another's
    _, status = os.waitpid(child, 0)
    died = os.WIFSIGNALED(status)
    assert died or status == 0, f"{act.name} failed by itself"
    return answer.startswith(ACKNOWLEDGED), int(answer[2:] or 0)
