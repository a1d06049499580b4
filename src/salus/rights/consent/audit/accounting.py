"""An accounting of disclosures: to whom what went, when and why, of the last six years. Pure.

Source: 45 CFR 164.528. Its exemptions are marked, not left out: the patient sees everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from salus.kernel.ids import NOBODY, Address
from salus.rights.consent.audit.errors import BadDates
from salus.rights.consent.audit.model import Entry

YEARS = 6  # 45 CFR 164.528(a)(1)
_CARE = frozenset({"TREAT", "ETREAT", "HPAYMT", "HOPERAT"})


@dataclass(frozen=True, slots=True)
class Window:
    """From the first millisecond since 1970 on, and before the other."""

    first: int
    end: int

    def holds(self, at: int) -> bool:
        return self.first <= at < self.end


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What went to one recipient for one purpose: once, or `count` times from `first` to `last`.

    Times in ms. `exemption` is what the law would let out of an accounting, empty where nothing.
    """

    first: int
    last: int
    count: int
    recipient: Address
    role: str
    purpose: str
    sections: tuple[int, ...]
    exemption: str


def window(first: str, last: str, *, now: datetime) -> Window:
    """Whole days, UTC; without them the last six years until now. Raises BadDates."""
    try:
        end = _day(date.fromisoformat(last)) + timedelta(days=1) if last else now
        begin = _day(date.fromisoformat(first)) if first else _years_before(now)
    except (ValueError, OverflowError):
        raise BadDates from None
    if begin > end:
        raise BadDates
    return Window(_milliseconds(begin), _milliseconds(end) + (0 if last else 1))


def _day(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _years_before(now: datetime) -> datetime:
    """The same day of six years ago; of 29 February the first of March."""
    day = _day(now.date())
    try:
        return day.replace(year=day.year - YEARS)
    except ValueError:
        return day.replace(year=day.year - YEARS, month=3, day=1)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000 + at.microsecond // 1_000


def recipient_of(entry: Entry) -> Address:
    """The organization that somebody acted for; a person who acts alone is their key."""
    actor = entry.actor
    return actor.organization if actor.organization != NOBODY else actor.key


def exemption_of(entry: Entry) -> str:
    """Why the law asks for no accounting of this, 45 CFR 164.528(a)(1)."""
    if entry.actor.role == "subject":
        return "to-the-patient"  # (ii)
    if entry.purpose in _CARE:
        return "treatment-payment-operations"  # (i)
    return "authorized-by-the-patient" if entry.basis.grants else ""  # (iv)


def account(entries: Iterable[Entry]) -> list[Disclosed]:
    """Repeats for one purpose in one line, 45 CFR 164.528(b)(3), in the order of the first."""
    found: dict[tuple[object, ...], Disclosed] = {}
    for entry in sorted(entries, key=lambda each: each.at):
        sections = tuple(sorted({part.section for part in entry.parts}))
        recipient, exemption = recipient_of(entry), exemption_of(entry)
        key = (recipient, entry.actor.role, entry.purpose, sections, exemption)
        known = found.get(key)
        found[key] = Disclosed(
            known.first if known else entry.at,
            entry.at,
            known.count + 1 if known else 1,
            recipient,
            entry.actor.role,
            entry.purpose,
            sections,
            exemption,
        )
    return list(found.values())
