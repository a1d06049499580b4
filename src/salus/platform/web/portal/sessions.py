"""Sessions: made at sign-in, found by a cookie, ended by time or by the visitor."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.web.portal.errors import BeingDone
from salus.platform.web.portal.tables import KeptForm, SentForm, SessionRow
from salus.platform.web.portal.visits import STAFF, Role

COOKIE, WALLET, KEPT = "__Host-salus", "__Host-wallet", "__Host-kept"
IDLE = {False: timedelta(minutes=30), True: timedelta(minutes=15)}  # by whether it is staff
LONGEST = timedelta(hours=12)
CONFIRMED = timedelta(minutes=5)
_SEEN_EVERY = 60  # seconds between two notes that a visitor is still there
_FORMS_KEPT = timedelta(hours=12)
_KNOWN = timedelta(hours=2)
"""How long after its end it is known whose a session was: what was typed into its last form is for
nobody else."""
_BY_NAME = select(SessionRow).where(SessionRow.session == bindparam("session"))
"""Put together once: every page asks."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was found, and what its cookies open."""

    session: str
    account: str
    role: Role
    csrf: str = field(repr=False)
    confirmed_at: int
    said: str
    root: bytes = field(repr=False)
    is_stale: bool = False
    """Whether it is time to note again that the visitor is there."""

    def must_confirm(self, now: datetime) -> bool:
        return seconds(now) - self.confirmed_at > CONFIRMED.total_seconds()


@dataclass(frozen=True, slots=True)
class Cookies:
    """What the visitor must bring again; nothing of it is in the database."""

    session: str = field(repr=False)
    wallet: str = field(repr=False)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        return ((COOKIE, self.session), (WALLET, self.wallet))


SIGNED_OUT = (*Cookies("", "").pairs(), (KEPT, ""))


def begin(
    session: Session,
    account: str,
    role: Role,
    *,
    root: bytes = b"",
    now: datetime,
    is_confirmed: bool = True,
) -> Cookies:
    """A new session with new cookies, for a sign-in or a switch of the role.

    `is_confirmed`: the password was typed just now.
    """
    made = Cookies(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    name, at = _name(made.session), seconds(now)
    session.add(
        SessionRow(
            session=name,
            account=account,
            role=str(role),
            csrf=secrets.token_urlsafe(32),
            began_at=at,
            seen_at=at,
            confirmed_at=at if is_confirmed else 0,
            wallet=seal_at_rest(_key(made.wallet), name.encode(), root),
        )
    )
    return made


def name_of(cookies: Cookies) -> str:
    """The session that new cookies open, as its row is named."""
    return _name(cookies.session)


def find(
    session: Session, cookie: str, wallet: str, *, now: datetime, over: bool = False
) -> Opened | None:
    """The session of these cookies, unless its time is over; `over`: only if it is over."""
    named = {"session": _name(cookie)}
    row = session.scalars(_BY_NAME, named).one_or_none() if cookie else None
    if row is None or _is_over(row, now) is not over:
        return None
    try:
        root = open_at_rest(_key(wallet), row.session.encode(), row.wallet)
    except SalusError:
        return None
    return Opened(
        row.session,
        row.account,
        Role(row.role),
        row.csrf,
        row.confirmed_at,
        row.said,
        root,
        is_stale=seconds(now) - row.seen_at >= _SEEN_EVERY,
    )


def _is_over(row: SessionRow, now: datetime) -> bool:
    at, idle = seconds(now), IDLE[Role(row.role) in STAFF]
    return at - row.seen_at > idle.total_seconds() or at - row.began_at > LONGEST.total_seconds()


def touch(session: Session, opened: Opened, *, now: datetime) -> None:
    """Note that the visitor was there, and that he was told what there was to say."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.session == opened.session)
        .values(seen_at=seconds(now), said="")
    )


def say(session: Session, name: str, text: str) -> None:
    """Something to be shown on the next page."""
    session.execute(update(SessionRow).where(SessionRow.session == name).values(said=text))


def confirm(session: Session, name: str, *, now: datetime) -> None:
    """The password was typed again."""
    session.execute(
        update(SessionRow).where(SessionRow.session == name).values(confirmed_at=seconds(now))
    )


def expire(session: Session, opened: Opened, *, now: datetime) -> None:
    """Nobody is there any more, as the browser says itself: as if the time were over."""
    over = now - IDLE[opened.role in STAFF] - timedelta(seconds=1)
    session.execute(
        update(SessionRow).where(SessionRow.session == opened.session).values(seen_at=seconds(over))
    )


def end(session: Session, name: str) -> None:
    for table in (SentForm, SessionRow):
        session.execute(delete(table).where(table.session == name))


def end_all(session: Session, account: str, *, but: str = "") -> None:
    """Sign an account out everywhere else."""
    names = session.scalars(
        select(SessionRow.session).where(SessionRow.account == account, SessionRow.session != but)
    ).all()
    for name in names:
        end(session, name)


def alive(session: Session, names: Collection[str], *, now: datetime) -> set[str]:
    """Those of some sessions that are not over."""
    found = session.scalars(select(SessionRow).where(SessionRow.session.in_(names)))
    return {row.session for row in found if not _is_over(row, now)}


def of_account(session: Session, account: str, *, now: datetime) -> list[str]:
    """The sessions in which somebody is signed in."""
    found = session.scalars(select(SessionRow).where(SessionRow.account == account))
    return [row.session for row in found if not _is_over(row, now)]


def forget_old(session: Session, *, now: datetime) -> None:
    """Rows that nobody needs any more."""
    for row in session.scalars(select(SessionRow)).all():
        if _is_over(row, now - _KNOWN):
            end(session, row.session)
    old = seconds(now - _FORMS_KEPT)
    session.execute(delete(SentForm).where(SentForm.sent_at < old))
    session.execute(delete(KeptForm).where(KeptForm.until <= seconds(now)))


# FORMS ARE SENT ONCE


def begin_form(session: Session, token: str, opened: str, *, now: datetime) -> str | None:
    """None for a form that comes for the first time, else where the first one led.

    Raises BeingDone while the first one is worked on.
    """
    known = session.get(SentForm, token)
    if known is None:
        session.add(SentForm(token=token, session=opened, sent_at=seconds(now)))
        return None
    if not known.location:
        raise BeingDone
    return known.location


def end_form(session: Session, token: str, location: str) -> None:
    """Where a form led; empty when it was refused and may come again."""
    if location:
        session.execute(update(SentForm).where(SentForm.token == token).values(location=location))
    else:
        session.execute(delete(SentForm).where(SentForm.token == token))


def _name(cookie: str) -> str:
    return sha256(b"salus/session/1" + cookie.encode()).hexdigest()


def _key(wallet: str) -> bytes:
    return sha256(b"salus/session-wallet/1" + wallet.encode()).digest()
