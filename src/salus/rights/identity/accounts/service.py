"""Joining, signing in, recovering, and what becomes of an account."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.wrap import KeyDamaged
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import Person, Role
from salus.platform.web.portal.visits import STAFF
from salus.platform.work import Node, Work
from salus.rights.identity.accounts import totp
from salus.rights.identity.accounts.errors import (
    CodeNeeded,
    LastAdministrator,
    NameTaken,
    UnknownAccount,
    WrongSignIn,
)
from salus.rights.identity.accounts.model import (
    CLOSED_FOR,
    SUSPENDED,
    TRIES,
    check_password,
    code_bytes,
    code_text,
    folded,
)
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.accounts.wallet import Wallet, open_keystore, seal


@dataclass(frozen=True, slots=True)
class Joined:
    """A new account of a patient; `code` recovers it and is shown once."""

    account: str
    wallet: Wallet
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, in which role first, and the opened wallet of a patient."""

    account: str
    role: Role
    root: bytes = field(repr=False)
    must_change: bool = False


def join(node: Node, *, name: str, password: str, language: str) -> Joined:
    """A patient with a fresh wallet. Raises NameTaken and WeakPassword."""
    check_password(password, name)
    made = Joined(secrets.token_hex(16), Wallet.generate(), code_text(secrets.token_bytes(16)))
    row = _row(
        node,
        made.account,
        name=name,
        roles=(Role.PATIENT,),
        password=password,
        language=language,
    )
    row.keystore, row.recovery = seal(made.wallet.root, password), seal(made.wallet.root, made.code)
    row.guardian = made.wallet.guardian().address
    _add(node, row)
    return made


def add_staff(
    node: Node, *, name: str, roles: Sequence[Role], party: str, language: str = "en"
) -> str:
    """An account of an organization; its first password, which must be changed at sign-in.

    Raises NameTaken.
    """
    first = code_text(secrets.token_bytes(16))
    row = _row(
        node,
        secrets.token_hex(16),
        name=name,
        roles=roles,
        password=first,
        language=language,
    )
    row.party, row.must_change = party, True
    _add(node, row)
    return first


def _row(
    node: Node,
    account: str,
    *,
    name: str,
    roles: Sequence[Role],
    password: str,
    language: str,
) -> AccountRow:
    return AccountRow(
        account=account,
        name=folded(name),
        shown=name.strip(),
        roles=" ".join(roles),
        party="",
        language=language,
        large=False,
        password=_hashed(password),
        must_change=False,
        totp=b"",
        totp_step=0,
        keystore=b"",
        recovery=b"",
        guardian=b"",
        failures=0,
        closed_until=0,
        created_at=seconds(node.clock.now()),
    )


def _add(node: Node, row: AccountRow) -> None:
    with node.sessions() as session, session.begin():
        if session.scalar(select(AccountRow.account).where(AccountRow.name == row.name)):
            raise NameTaken
        session.add(row)


# SIGN IN


def sign_in(node: Node, *, name: str, password: str, code: str = "") -> SignedIn:
    """Raises WrongSignIn, alike for an unknown name, a wrong password and a closed account; and
    CodeNeeded where only the digits of the authenticator are missing.
    """
    with node.reading() as session:
        row = _by_name(session, name)
        known = (row.account, row.password) if row else None
    if not _is_right(known[1] if known else _nobodys(), password) or known is None:
        if known is not None:
            _count(node, known[0], is_right=False)
        raise WrongSignIn
    return _enter(node, known[0], password, code)


def _enter(node: Node, account: str, password: str, code: str) -> SignedIn:
    now = seconds(node.clock.now())
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        if row.closed_until > now:
            raise WrongSignIn
        if row.totp:
            if not code:
                raise CodeNeeded
            step = totp.step_of(_totp(node, row), code, now)
            if step is None or step <= row.totp_step:
                _fail(row, now)
                session.commit()
                raise WrongSignIn
            row.totp_step = step
        row.failures = 0
        roles, keystore = roles_of(row), row.keystore
        must_change = row.must_change
    root = open_keystore(keystore, password).root if keystore else b""
    return SignedIn(account, roles[0], root, must_change)


def check(node: Node, account: str, password: str) -> bool:
    """Whether that is the password of an account; wrong tries count as at sign-in."""
    with node.reading() as session:
        row = session.get(AccountRow, account)
        if row is None or row.closed_until > seconds(node.clock.now()):
            return False
        known = row.password
    is_right = _is_right(known, password)
    _count(node, account, is_right=is_right)
    return is_right


def _count(node: Node, account: str, *, is_right: bool) -> None:
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        if is_right:
            row.failures = 0
        else:
            _fail(row, seconds(node.clock.now()))


def _fail(row: AccountRow, now: int) -> None:
    row.failures += 1
    if row.failures >= TRIES:
        until = now + int(CLOSED_FOR.total_seconds())
        row.failures, row.closed_until = 0, max(row.closed_until, until)


# CHANGES


def change_password(node: Node, account: str, *, password: str, root: bytes) -> None:
    """Raises WeakPassword. The wallet is sealed anew; the recovery code stays."""
    with node.reading() as session:
        check_password(password, session.get_one(AccountRow, account).name)
    hashed, keystore = _hashed(password), seal(root, password) if root else b""
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        row.password, row.must_change = hashed, False
        row.keystore = keystore


def recover(node: Node, *, name: str, code: str, password: str) -> str:
    """A new password by the recovery code; gives a new code. Raises WrongSignIn, WeakPassword."""
    check_password(password, name)
    secret = code_bytes(code)
    with node.reading() as session:
        row = _by_name(session, name)
        known = (row.account, row.recovery) if row and row.recovery else None
    if known is None or secret is None:
        _is_right(_nobodys(), password)
        raise WrongSignIn
    try:
        root = open_keystore(known[1], code_text(secret)).root
    except KeyDamaged:
        raise WrongSignIn from None
    change_password(node, known[0], password=password, root=root)
    return new_code(node, known[0], root=root)


def new_code(node: Node, account: str, *, root: bytes) -> str:
    """A recovery code in the place of the old one; to be shown once."""
    code = code_text(secrets.token_bytes(16))
    recovery = seal(root, code)
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        row.recovery, row.closed_until, row.failures = recovery, 0, 0
    return code


def set_totp(node: Node, account: str, *, secret: bytes, code: str) -> None:
    """Ask for the digits of an authenticator from now on. Raises WrongSignIn for wrong ones."""
    step = totp.step_of(secret, code, seconds(node.clock.now()))
    if step is None:
        raise WrongSignIn
    assert node.home is not None, "accounts live in a home"
    sealed = totp.seal(read_secret(node.home / STORAGE_KEY), account, secret)
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        row.totp, row.totp_step = sealed, step


def _totp(node: Node, row: AccountRow) -> bytes:
    assert node.home is not None, "accounts live in a home"
    return totp.opened(read_secret(node.home / STORAGE_KEY), row.account, row.totp)


def set_preferences(work: Work, account: str, *, language: str, large: bool) -> None:
    row = work.session.get_one(AccountRow, account)
    row.language, row.large = language, large


def set_roles(work: Work, name: str, roles: Sequence[Role]) -> None:
    """Raises UnknownAccount and LastAdministrator."""
    row = _by_name(work.session, name)
    if row is None:
        raise UnknownAccount(name=name[:64])
    if Role.ADMINISTRATOR not in roles:
        refuse_last(work.session, row)
    row.roles = " ".join(roles)


def refuse_last(session: Session, row: AccountRow) -> None:
    """Raises LastAdministrator for the only one of an organization who can sign in."""
    others = [
        other
        for other in of_party(session, row.party)
        if other.account != row.account
        and Role.ADMINISTRATOR in roles_of(other)
        and other.closed_until < SUSPENDED
    ]
    if Role.ADMINISTRATOR in roles_of(row) and not others:
        raise LastAdministrator


# FINDING THEM


def person(session: Session, account: str, role: Role) -> Person | None:
    """Somebody who signed in, in a role that he still has, and was not suspended."""
    row = session.get(AccountRow, account)
    if row is None or row.closed_until >= SUSPENDED or role not in (roles := roles_of(row)):
        return None
    party = row.party if role in STAFF else ""
    return Person(account, row.shown, roles, role, party, row.language, row.large)


def of_party(session: Session, party: str) -> list[AccountRow]:
    """The staff of an organization."""
    found = select(AccountRow).where(AccountRow.party == party).order_by(AccountRow.name)
    return list(session.scalars(found)) if party else []


def has_totp(session: Session, account: str) -> bool:
    return bool(session.get_one(AccountRow, account).totp)


def _by_name(session: Session, name: str) -> AccountRow | None:
    try:
        known = folded(name)
    except NameTaken:
        return None
    return session.scalar(select(AccountRow).where(AccountRow.name == known))


def roles_of(row: AccountRow) -> tuple[Role, ...]:
    return tuple(Role(each) for each in row.roles.split())


# PASSWORDS


def _hashed(password: str) -> str:
    """Argon2id, 19 MiB, two passes (OWASP; RFC 9106), with its parameters."""
    made = Argon2id(
        salt=secrets.token_bytes(16), length=32, iterations=2, lanes=1, memory_cost=19_456
    )
    return made.derive_phc_encoded(password.encode())


def _is_right(known: str, password: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), known)
    except InvalidKey:
        return False
    return True


@cache
def _nobodys() -> str:
    """What an unknown name is compared with, so that it takes as long as a known one."""
    return _hashed(secrets.token_hex(16))
