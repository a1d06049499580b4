"""Where files lie that no disk must keep: tests are about what is right, not about time."""

import os
import shutil
from pathlib import Path

PLACE = Path("/dev/shm")


def memory(*, least: int = 0) -> Path | None:
    """A folder in memory with at least so many bytes free; None where there is none."""
    if not os.access(PLACE, os.W_OK) or shutil.disk_usage(PLACE).free < least:
        return None
    return PLACE
