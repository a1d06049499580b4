"""One node of several: whether it answers, and whether it follows the chain it should."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from threading import Lock
from typing import Any

import httpx

from salus.kernel.clock import monotonic
from salus.platform.ledger.agreement import BLOCK
from salus.platform.ledger.errors import LedgerUnreachable, WrongChain
from salus.platform.ledger.wire import Request, Wire, to_bytes, to_int

Identity = tuple[int, bytes]
"""Chain id and hash of the first block."""
_FIRST_REST, _LONGEST_REST = 0.5, 30.0  # seconds
_AT_ONCE = 4  # questions that a node may leave open before others are asked instead


class Endpoint:
    """A node that failed rests, longer each time, and proves its chain before it counts again."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None) -> None:
        self.wire = Wire(url, transport)
        self.identity: Identity | None = None  # what it must prove; None while nobody knows
        self.is_proven = False
        self._rest, self._until = _FIRST_REST, 0.0
        self._open, self._lock = 0, Lock()

    @property
    def url(self) -> str:
        return self.wire.url

    @property
    def is_up(self) -> bool:
        return monotonic() >= self._until and self._open < _AT_ONCE

    def attempt(self, requests: Sequence[Request]) -> list[Any]:
        """As Wire. Raises WrongChain too, when it follows another chain than it should."""
        try:
            self._prove()
            answers = self.wire.attempt(requests)
        except (LedgerUnreachable, WrongChain):
            self.rest()
            raise
        self._rest = _FIRST_REST
        return answers

    def _prove(self) -> None:
        if self.is_proven or self.identity is None:
            return
        chain, first = self.wire.all([Request("eth_chainId"), Request(BLOCK, ("0x0", False))])
        with self.wire.reading("eth_chainId"):
            found = to_int(chain), to_bytes(first["hash"])
        if found != self.identity:
            raise WrongChain(found=_named(found), expected=_named(self.identity))
        self.is_proven = True

    def rest(self) -> None:
        """Ask it no more for a while."""
        with self._lock:
            if monotonic() < self._until:
                return
            self._until = monotonic() + self._rest
            self._rest, self.is_proven = min(2 * self._rest, _LONGEST_REST), False

    def begin(self, requests: Sequence[Request]) -> "Future[list[Any]]":
        """Ask in a thread of its own, so that one that hangs holds up nobody."""
        with self._lock:
            self._open += 1
        future = self._pool.submit(self.attempt, requests)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: object) -> None:
        with self._lock:
            self._open -= 1

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="salus-ledger")

    def close(self) -> None:
        if "_pool" in vars(self):
            self._pool.shutdown(wait=False, cancel_futures=True)
        self.wire.close()


def _named(identity: Identity) -> str:
    return f"{identity[0]} ({identity[1].hex()[:16]})"
