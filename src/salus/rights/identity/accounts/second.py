"""The second thing that somebody shows at sign-in: digits of an authenticator, or a spare code.

Spare codes are for a lost telephone: 80 random bits each, kept as hashes, each good once.
"""

import secrets
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.work import Node
from salus.rights.identity.accounts import totp
from salus.rights.identity.accounts.errors import WrongSignIn
from salus.rights.identity.accounts.model import (
    CLOSED_FOR,
    SPARE_BYTES,
    TRIES,
    spare_bytes,
    spare_text,
)
from salus.rights.identity.accounts.tables import AccountRow, SpareCodeRow

SPARES = 10


def passes(node: Node, session: Session, row: AccountRow, typed: str, now: int) -> bool:
    """Whether that is the second thing; it is used up by being right."""
    step = totp.step_of(_secret(node, row), typed, now)
    if step is not None:
        if step <= row.totp_step:
            return False
        row.totp_step = step
        return True
    spare = spare_bytes(typed)
    if spare is None:
        return False
    found = session.get(SpareCodeRow, _hash(row.account, spare))
    if found is None:
        return False
    session.delete(found)
    return True


def check(node: Node, account: str, typed: str) -> bool:
    """Whether that is it for somebody who is signed in; wrong tries count as at sign-in."""
    now = seconds(node.clock.now())
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        if row.closed_until > now:
            return False
        is_right = passes(node, session, row, typed, now)
        if not is_right:
            fail(row, now)
        return is_right


def fail(row: AccountRow, now: int) -> None:
    """One more wrong try; the fifth closes the account for a while."""
    row.failures += 1
    if row.failures >= TRIES:
        until = now + int(CLOSED_FOR.total_seconds())
        row.failures, row.closed_until = 0, max(row.closed_until, until)


def set_up(node: Node, account: str, *, secret: bytes, code: str) -> list[str]:
    """Ask for an authenticator from now on; its spare codes, to be shown once.

    Raises WrongSignIn for digits that are not of this secret.
    """
    step = totp.step_of(secret, code, seconds(node.clock.now()))
    if step is None:
        raise WrongSignIn
    assert node.home is not None, "accounts live in a home"
    sealed = totp.seal(read_secret(node.home / STORAGE_KEY), account, secret)
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        row.totp, row.totp_step = sealed, step
        return renew_spares(session, account)


def renew_spares(session: Session, account: str) -> list[str]:
    """Spare codes in the place of those from before, to be shown once."""
    _forget_spares(session, account)
    made = [secrets.token_bytes(SPARE_BYTES) for _ in range(SPARES)]
    session.add_all(SpareCodeRow(hash=_hash(account, each), account=account) for each in made)
    return [spare_text(each) for each in made]


def spares_left(session: Session, account: str) -> int:
    mine = select(func.count()).select_from(SpareCodeRow).where(SpareCodeRow.account == account)
    return session.scalar(mine) or 0


def is_set_up(session: Session, account: str) -> bool:
    return bool(session.get_one(AccountRow, account).totp)


def take_off(session: Session, row: AccountRow) -> None:
    """Nothing but the password is asked for until another one is set up."""
    row.totp, row.totp_step = b"", 0
    _forget_spares(session, row.account)


def _forget_spares(session: Session, account: str) -> None:
    session.execute(delete(SpareCodeRow).where(SpareCodeRow.account == account))


def _secret(node: Node, row: AccountRow) -> bytes:
    assert node.home is not None, "accounts live in a home"
    return totp.opened(read_secret(node.home / STORAGE_KEY), row.account, row.totp)


def _hash(account: str, spare: bytes) -> bytes:
    return sha256(b"salus/spare-code/1" + account.encode() + spare).digest()
