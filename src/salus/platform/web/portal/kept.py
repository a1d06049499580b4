"""What was typed into a form whose session was over: sealed until the same person is back.

It lies here under the hash of a cookie, and opens with that cookie only: for the account whose
session it was, on the page of that form, and where that person acts for the same people as then.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.web.portal.forms import Form
from salus.platform.web.portal.tables import KeptForm

FOR = timedelta(minutes=30)
LARGEST = 64 * 1024  # bytes: what people type, not what programs send
SECRETS = frozenset(
    {
        *("csrf", "keep", "next", "once"),
        *("again", "fresh", "password", "present"),
        *("code", "digits", "number", "secret"),
    }
)
"""Fields that are never kept: passwords, codes, and what belongs to a session."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form, the address it was sent to, and for whose records it was meant."""

    values: Mapping[str, Sequence[str]] = field(repr=False)
    query: Mapping[str, str]
    records: Collection[str] = ()

    @property
    def form(self) -> Form:
        return Form(self.values)


def typed(form: Form, query: Mapping[str, str], records: Collection[str]) -> Typed:
    values = {name: found for name, found in form.values.items() if name not in SECRETS}
    return Typed(values, query, sorted(records))


@dataclass(frozen=True, slots=True)
class Place:
    """Whose form it is, and on which page it stands."""

    account: str
    path: str

    def named(self, form: str) -> bytes:
        return f"{form}|{self.account}|{self.path}".encode()


def keep(session: Session, ended: str, at: Place, what: Typed, *, now: datetime) -> str:
    """The cookie that gives it back; empty for what is not kept. One form for each session."""
    plain = json.dumps([what.values, what.query, list(what.records)]).encode()
    if len(plain) > LARGEST:
        return ""
    cookie = secrets.token_urlsafe(32)
    name = _name(cookie)
    session.execute(delete(KeptForm).where(KeptForm.session == ended))
    session.add(
        KeptForm(
            form=name,
            session=ended,
            account=at.account,
            until=seconds(now + FOR),
            sealed=seal_at_rest(_key(cookie), at.named(name), plain),
        )
    )
    return cookie


def is_there(session: Session, cookie: str, *, now: datetime) -> bool:
    """Whether something waits for whoever brings this cookie, and is the right person."""
    return _row(session, cookie, now) is not None


def back(session: Session, cookie: str, at: Place, *, now: datetime) -> Typed | None:
    """What was kept for this account and page, and nothing for any other."""
    row = _row(session, cookie, now)
    if row is None or row.account != at.account:
        return None
    try:
        plain = open_at_rest(_key(cookie), at.named(row.form), row.sealed)
    except SalusError:
        return None
    return Typed(*json.loads(plain))


def is_of_another(session: Session, cookie: str, account: str, *, now: datetime) -> bool:
    """Whether a cookie is good for nothing here: over, or left behind by somebody else."""
    row = _row(session, cookie, now)
    return row is None or row.account != account


def drop(session: Session, cookie: str) -> None:
    session.execute(delete(KeptForm).where(KeptForm.form == _name(cookie)))


def _row(session: Session, cookie: str, now: datetime) -> KeptForm | None:
    row = session.get(KeptForm, _name(cookie)) if cookie else None
    return row if row is not None and row.until > seconds(now) else None


def _name(cookie: str) -> str:
    return sha256(b"salus/kept-form/1" + cookie.encode()).hexdigest()


def _key(cookie: str) -> bytes:
    return sha256(b"salus/kept-form-key/1" + cookie.encode()).digest()
