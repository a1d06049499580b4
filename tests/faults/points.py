"""Every place where something becomes durable, numbered, so that a process can die at any of them.

The points are found by wrapping what makes bytes durable (commits of SQLite, fsync, rename, what a
node of the ledger is told), not by marks in the product: a write step that is added later is killed
here without anybody asking.
"""

import os
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import psycopg

from salus.platform.ledger.wire import Wire
from salus.platform.vault.barrier import Barrier

_DURABLE = ("COMMIT", "VACUUM", "PRAGMA WAL_CHECKPOINT")


@dataclass(slots=True)
class Points:
    """Counts write steps; at number `deadly` the process dies as by `kill -9`."""

    deadly: int | None = None
    count: int = 0
    _lock: Any = field(default_factory=Lock)

    def reach(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Die before the step, or right after it."""

        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.reach()
            result = function(*arguments, **named)
            self.reach()
            return result

        return wrapped


def install(points: Points) -> None:
    """Wrap every write step of this process. For a forked child: it is never undone."""

    class Connection(sqlite3.Connection):
        def commit(self) -> None:
            if self.in_transaction:
                points.around(super().commit)()
            else:
                super().commit()

        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            if sql.strip().upper().startswith(_DURABLE):
                return points.around(super().execute)(sql, *rest)
            return super().execute(sql, *rest)

    connect = sqlite3.connect

    def connecting(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **({"factory": Connection} | named))

    sqlite3.connect = sqlite3.dbapi2.connect = connecting  # type: ignore[assignment]
    psycopg.Connection.commit = points.around(psycopg.Connection.commit)  # type: ignore[method-assign]
    os.fsync = points.around(os.fsync)
    os.replace = points.around(os.replace)
    os.link = points.around(os.link)
    os.unlink = points.around(os.unlink)
    os.rename = points.around(os.rename)
    Wire._post = points.around(Wire._post)  # type: ignore[method-assign]
    Barrier.wait = points.around(Barrier.wait)  # type: ignore[method-assign]
