"""Structured logs: one JSON object a line, with keys from an allow-list and no content."""

from salus.platform.observe.incident import unexpected
from salus.platform.observe.keys import ALLOWED, UnlistedKey
from salus.platform.observe.log import bound, log, to_file, to_stderr

__all__ = ["ALLOWED", "UnlistedKey", "bound", "log", "to_file", "to_stderr", "unexpected"]
