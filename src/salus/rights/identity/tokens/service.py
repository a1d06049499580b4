"""Making, finding and taking back tokens."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.identity.tokens.errors import TokenNeeded, TooManyTokens
from salus.rights.identity.tokens.tables import TokenRow

PREFIX = "salus_"
LONGEST = timedelta(days=365)
MOST = 20
_SEEN_EVERY = 60  # seconds between two notes of a use


class Scope(StrEnum):
    """What a token allows."""

    READ = "read"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token stands for, and the opened wallet of a patient."""

    account: str
    role: Role
    scopes: frozenset[Scope]
    root: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A token as its owner sees it; the token itself is never shown again."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    made_at: datetime
    until: datetime
    used_at: datetime | None


def make(
    work: Work,
    *,
    account: str,
    role: Role,
    name: str,
    scopes: Collection[Scope],
    days: int,
    root: bytes,
) -> str:
    """A new token, which is shown this once. Raises TooManyTokens."""
    now, mine = work.node.clock.now(), TokenRow.account == account
    count = work.session.scalar(select(func.count()).select_from(TokenRow).where(mine)) or 0
    if count >= MOST:
        raise TooManyTokens(most=MOST)
    token = PREFIX + secrets.token_urlsafe(32)
    found = _hash(token)
    work.session.add(
        TokenRow(
            hash=found,
            id=secrets.token_hex(8),
            account=account,
            role=role,
            name=name,
            scopes=" ".join(sorted(scopes)),
            wallet=seal_at_rest(_key(token), found, root),
            made_at=seconds(now),
            until=seconds(now + min(timedelta(days=days), LONGEST)),
            used_at=0,
        )
    )
    return token


def find(session: Session, token: str, *, now: datetime) -> Holder:
    """Raises TokenNeeded, alike for an unknown one and one whose time is over."""
    found = _hash(token)
    row = session.get(TokenRow, found)
    if row is None or row.until <= seconds(now):
        raise TokenNeeded
    scopes = frozenset(map(Scope, row.scopes.split()))
    root = open_at_rest(_key(token), found, row.wallet)
    return Holder(row.account, Role(row.role), scopes, root)


def is_stale(session: Session, token: str, *, now: datetime) -> bool:
    """Whether it is time to note again that it was used."""
    row = session.get(TokenRow, _hash(token))
    return row is not None and seconds(now) - row.used_at >= _SEEN_EVERY


def note_use(session: Session, token: str, *, now: datetime) -> None:
    if (row := session.get(TokenRow, _hash(token))) is not None:
        row.used_at = seconds(now)


def tokens(session: Session, account: str) -> list[Known]:
    mine = (
        select(TokenRow)
        .where(TokenRow.account == account)
        .order_by(TokenRow.made_at.desc(), TokenRow.id)
    )
    return [
        Known(
            row.id,
            row.name,
            tuple(map(Scope, row.scopes.split())),
            moment(row.made_at),
            moment(row.until),
            moment(row.used_at) if row.used_at else None,
        )
        for row in session.scalars(mine)
    ]


def revoke(session: Session, account: str, id_: str) -> None:
    """Twice is once; one of somebody else is left alone."""
    mine = (TokenRow.account == account, TokenRow.id == id_)
    session.execute(delete(TokenRow).where(*mine))


def _hash(token: str) -> bytes:
    return sha256(b"salus/token/1" + token.encode()).digest()


def _key(token: str) -> bytes:
    return sha256(b"salus/token-wallet/1" + token.encode()).digest()
