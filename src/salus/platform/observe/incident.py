"""A failure that nobody foresaw gets a number that its reader and the log share."""

import secrets
from pathlib import Path
from traceback import extract_tb

from salus.platform.errors import Unexpected
from salus.platform.observe.log import log


def unexpected(error: BaseException) -> Unexpected:
    """Log what kind of failure happened where, without its values."""
    incident = secrets.token_hex(4)
    frames = extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    log("unexpected", level="error", incident=incident, error=type(error).__name__, where=where)
    return Unexpected(incident=incident)
