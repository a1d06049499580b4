"""What may be told, what cannot be muted, and when it is quiet. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Kind(StrEnum):
    """That something happened, never what."""

    ACCESS = "access"
    EMERGENCY = "emergency"
    SHARE_ENDING = "share-ending"
    REQUEST = "request"
    APPROVAL = "approval"
    RECOVERY = "recovery"
    REFERRAL = "referral"
    RECORD_CHANGED = "record-changed"
    MONEY = "money"
    LOAN = "loan"
    ERASURE = "erasure"
    DELEGATE = "delegate"
    SIGN_IN = "sign-in"
    ACCOUNT = "account"


ALWAYS = frozenset({Kind.EMERGENCY, Kind.RECOVERY, Kind.SIGN_IN, Kind.ACCOUNT})
"""Kinds that nobody mutes, and that wait for no morning."""


class Channel(StrEnum):
    """A way out of the node; in the portal everything is shown anyway."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class News:
    """Something of which an account is told. `key` is the same for the same happening, so that
    telling twice is telling once; `path` is the page about it; `at` in seconds.
    """

    account: str
    kind: Kind
    key: str
    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of a day, 0 to 23, in which nothing leaves; equal ones are none. `zone` as in IANA."""

    first: int = 0
    last: int = 0
    zone: str = "UTC"

    def after(self, now: datetime) -> datetime:
        """The first moment from now on that is not quiet, to the hour."""
        local = now.astimezone(ZoneInfo(self.zone))
        if not self._holds(local.hour):
            return now
        hour = local.replace(minute=0, second=0, microsecond=0)
        hours = (self.last - local.hour) % 24
        return (hour + timedelta(hours=hours)).astimezone(now.tzinfo)

    def _holds(self, hour: int) -> bool:
        if self.first <= self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last
