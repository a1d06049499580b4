"""How often somebody may ask: counted in the database, so that processes and restarts agree.

What was asked for slides with time: the window before counts by the part of it that is not over
yet. Who asks is kept as a hash under a key of this node, never as an address or a name.
"""

import hmac
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address, ip_network
from secrets import token_bytes
from threading import Lock

from sqlalchemy import delete
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.errors import TooOften
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.web.portal.tables import RateRow
from salus.platform.work import Node

_MINUTE, _QUARTER, _HOUR = 60, 900, 3_600
_MOST_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` in `every` seconds, or any number for 0.

    `block`: how many are written down at once, for what is too frequent to be written one by one.
    """

    name: str
    most: int
    every: int
    block: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """What was asked for in the window that began `passed` seconds ago, and in the one before."""

    before: int
    count: int
    passed: int


def wait(rate: Rate, counted: Counted) -> int:
    """In how many seconds another block fits; 0 for now. Pure."""
    before, count, passed = counted.before, counted.count, counted.passed
    free = rate.most - rate.block - count
    if free >= 0:
        is_full = before * (rate.every - passed) > free * rate.every
        return rate.every - free * rate.every // before - passed if is_full else 0
    left = (rate.most - rate.block) * rate.every // count
    return rate.every - passed + max(0, rate.every - left)


def rates(settings: PortalSettings) -> Mapping[str, Rate]:
    """Every limit by its name."""
    return {each.name: each for each in _rates(settings)}


def _rates(settings: PortalSettings) -> Iterator[Rate]:
    yield Rate("sign-in", settings.sign_ins, _QUARTER)
    yield Rate("sign-in-name", settings.sign_ins_of_a_name, _QUARTER)
    yield Rate("join", settings.joins, _HOUR)
    yield Rate("recover", settings.recoveries, _HOUR)
    yield Rate("recover-name", settings.recoveries_of_a_name, _HOUR)
    yield Rate("upload", settings.uploads, _HOUR)
    for name, most in (
        ("page", settings.pages),
        ("stranger", settings.strangers_pages),
        ("call", settings.calls),
        ("wrong-token", settings.wrong_tokens),
    ):
        yield Rate(name, most, _MINUTE, max(1, min(20, most // 10)))


def of_address(host: str) -> str:
    """What an address counts as: of IPv6 the network, which one visitor has whole."""
    try:
        found = ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def folded(name: str) -> str:
    """A name as it counts: spellings that sign in alike count together."""
    return unicodedata.normalize("NFKC", name[:200]).strip().casefold()


@dataclass(slots=True)
class Rates:
    """Counts for a node. What was written down in blocks and not used yet is lost at the end."""

    node: Node
    settings: PortalSettings
    _known: Mapping[str, Rate] = field(init=False)
    _key: bytes = field(init=False, repr=False)
    _held: dict[bytes, tuple[int, int]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._known = rates(self.settings)
        path = self.node.home / STORAGE_KEY if self.node.home else None
        self._key = read_secret(path) if path and path.exists() else token_bytes(32)

    def has(self, name: str) -> bool:
        return name in self._known

    def count(self, name: str, whom: str) -> None:
        """One more of somebody. Raises TooOften, and then it is not counted."""
        rate = self._known[name]
        if not rate.most:
            return
        key = hmac.digest(self._key, f"{name}/{whom}".encode("utf-8", "replace"), "sha256")
        now = seconds(self.node.clock.now())
        if rate.block == 1:
            self._write(rate, key, now)
            return
        with self._lock:
            if self._takes(key, now // rate.every):
                return
        self._write(rate, key, now)
        with self._lock:
            self._hold(key, now // rate.every, rate.block - 1)

    def _takes(self, key: bytes, window: int) -> bool:
        held, left = self._held.get(key, (window, 0))
        if held != window or not left:
            return False
        self._held[key] = (window, left - 1)
        return True

    def _hold(self, key: bytes, window: int, count: int) -> None:
        if len(self._held) > _MOST_HELD:
            self._held.clear()
        held, left = self._held.get(key, (window, 0))
        self._held[key] = (window, count + (left if held == window else 0))

    def _write(self, rate: Rate, key: bytes, now: int) -> None:
        with self.node.sessions() as session, session.begin():
            row = session.get(RateRow, key)
            if row is None:
                _forget_old(session, now)
                row = RateRow(key=key, window=now // rate.every, count=0, before=0, until=0)
                session.add(row)
            _slide(row, now // rate.every)
            counted = Counted(row.before, row.count, now % rate.every)
            if left := wait(rate, counted):
                raise TooOften(minutes=max(1, -(-left // 60)))
            row.count += rate.block
            row.until = (row.window + 2) * rate.every


def _slide(row: RateRow, window: int) -> None:
    if row.window != window:
        row.before = row.count if row.window == window - 1 else 0
        row.count, row.window = 0, window


def _forget_old(session: Session, now: int) -> None:
    """Rows that count for nothing any more."""
    session.execute(delete(RateRow).where(RateRow.until < now))
