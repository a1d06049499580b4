"""What a log line may say. Nothing here can hold health data, a key or an access code."""

import os
from collections.abc import MutableMapping
from typing import Any

ALLOWED = frozenset(
    {
        # of every line
        "event",
        "level",
        "time",
        "request",
        # what was done, and how it ended
        "action",
        "attempts",
        "capability",
        "error",
        "incident",
        "job",
        "method",
        "milliseconds",
        "outcome",
        "route",
        "status",
        "where",
        # how much
        "bytes",
        "count",
        # public facts of the ledger
        "block",
        "chain",
        "contract",
        "gas",
        "height",
        "tx",
        # the parties of the consortium, by their public names
        "peer",
        "port",
    }
)


class UnlistedKey(Exception):
    """A log line was given a key that is not on the list."""


def only_allowed(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Any:
    """Drop what is not on the list; under test refuse it."""
    unlisted = line.keys() - ALLOWED
    if unlisted and "PYTEST_CURRENT_TEST" in os.environ:
        raise UnlistedKey(", ".join(sorted(unlisted)))
    for key in unlisted:
        del line[key]
    return line
