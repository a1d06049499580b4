"""Joining, signing in, recovering, and what becomes of an account."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.wrap import KeyDamaged
from salus.platform.notices import Kind, News
from salus.platform.observe import log
from salus.platform.web.portal import Person, Role, sessions
from salus.platform.web.portal.pages import ROOT
from salus.platform.web.portal.visits import STAFF
from salus.platform.work import Node, Work
from salus.rights.identity.accounts import second, stretching
from salus.rights.identity.accounts.changes import HOST, Change, note
from salus.rights.identity.accounts.errors import (
    CodeNeeded,
    LastAdministrator,
    NameTaken,
    UnknownAccount,
    WrongSignIn,
)
from salus.rights.identity.accounts.model import (
    SUSPENDED,
    check_password,
    code_bytes,
    code_text,
    folded,
)
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.accounts.wallet import Wallet, open_keystore, seal
from salus.rights.identity.notices.service import tell


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
    node: Node,
    *,
    name: str,
    roles: Sequence[Role],
    party: str,
    language: str = "en",
    by: str = HOST,
) -> str:
    """An account of an organization; its first password, which must be changed at sign-in.

    `by`: the account of the administrator who makes it. Raises NameTaken.
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
    _add(node, row, by=by)
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


def _add(node: Node, row: AccountRow, *, by: str | None = None) -> None:
    with node.sessions() as session, session.begin():
        if session.scalar(select(AccountRow.account).where(AccountRow.name == row.name)):
            raise NameTaken
        session.add(row)
        if by is not None:
            note(Work(node, session), row, Change.ADDED, by=by)


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
        raise _refused("unknown" if known is None else "password")
    return _enter(node, known[0], password, code)


def _enter(node: Node, account: str, password: str, code: str) -> SignedIn:
    now = seconds(node.clock.now())
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        if row.closed_until > now:
            raise _refused("closed")
        if row.totp:
            if not code:
                raise CodeNeeded
            if not second.passes(node, session, row, code, now):
                second.fail(row, now)
                session.commit()
                raise _refused("second")
        row.failures = 0
        roles, keystore = roles_of(row), row.keystore
        must_change = row.must_change
    root = open_keystore(keystore, password).root if keystore else b""
    log("signed-in")
    return SignedIn(account, roles[0], root, must_change)


def _refused(why: str) -> WrongSignIn:
    """The visitor is not told why; whoever watches the node is, without whom it is about."""
    log("sign-in-refused", level="warning", outcome=why)
    return WrongSignIn()


def check(node: Node, account: str, password: str) -> bool:
    """Whether that is the password of an account; wrong tries count as at sign-in."""
    with node.reading() as session:
        row = session.get(AccountRow, account)
        if row is None or row.closed_until > seconds(node.clock.now()):
            return False
        known = row.password
    is_right = _is_right(known, password)
    _count(node, account, is_right=is_right)
    if not is_right:
        _refused("confirming")
    return is_right


def _count(node: Node, account: str, *, is_right: bool) -> None:
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        if is_right:
            row.failures = 0
        else:
            second.fail(row, seconds(node.clock.now()))


# CHANGES


def change_password(node: Node, account: str, *, password: str, root: bytes) -> None:
    """Raises WeakPassword. The wallet is sealed anew; the recovery code stays."""
    with node.reading() as session:
        check_password(password, session.get_one(AccountRow, account).name)
    hashed, keystore = _hashed(password), seal(root, password) if root else b""
    with node.sessions() as session, session.begin():
        row = session.get_one(AccountRow, account)
        is_first, row.must_change = row.must_change, False
        row.password, row.keystore = hashed, keystore
        if not is_first:
            tell_change(Work(node, session), account)


def recover(node: Node, *, name: str, code: str, password: str) -> str:
    """A new password by the recovery code; gives a new code. Raises WrongSignIn, WeakPassword."""
    check_password(password, name)
    secret = code_bytes(code)
    with node.reading() as session:
        row = _by_name(session, name)
        known = (row.account, row.recovery) if row and row.recovery else None
    if known is None or secret is None:
        _is_right(_nobodys(), password)
        raise _refused("recovery")
    try:
        root = open_keystore(known[1], code_text(secret)).root
    except KeyDamaged:
        raise _refused("recovery") from None
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
    note(work, row, Change.ROLES, by=HOST)


def lose_authenticator(work: Work, name: str) -> None:
    """Take off a lost authenticator. Raises UnknownAccount."""
    row = _by_name(work.session, name)
    if row is None:
        raise UnknownAccount(name=name[:64])
    drop_authenticator(work, row, by=HOST)


def drop_authenticator(work: Work, row: AccountRow, *, by: str) -> None:
    """Sign an account out everywhere, and tell it; staff sets another one up before all else."""
    second.take_off(work.session, row)
    sessions.end_all(work.session, row.account)
    note(work, row, Change.AUTHENTICATOR, by=by)
    tell_change(work, row.account)


def tell_change(work: Work, account: str) -> None:
    """Whoever changes how an account is entered shows himself to its owner."""
    at = seconds(work.node.clock.now())
    settings = f"{ROOT}/settings"
    tell(work, [News(account, Kind.ACCOUNT, f"account/{at}/{secrets.token_hex(4)}", settings, at)])


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

_BY_ACCOUNT = select(AccountRow).where(AccountRow.account == bindparam("account"))
"""Put together once: every page asks."""


def person(session: Session, account: str, role: Role) -> Person | None:
    """Somebody who signed in, in a role that he still has, and was not suspended."""
    row = session.scalars(_BY_ACCOUNT, {"account": account}).one_or_none()
    if row is None or row.closed_until >= SUSPENDED or role not in (roles := roles_of(row)):
        return None
    party = row.party if role in STAFF else ""
    duty = _duty(row, role)
    return Person(account, row.shown, roles, role, party, row.language, row.large, duty)


def _duty(row: AccountRow, role: Role) -> str:
    """The page of what comes first: a password of one's own, and for staff an authenticator."""
    if row.must_change:
        return f"{ROOT}/settings/password"
    return f"{ROOT}/settings/authenticator" if role in STAFF and not row.totp else ""


def of_party(session: Session, party: str) -> list[AccountRow]:
    """The staff of an organization."""
    found = select(AccountRow).where(AccountRow.party == party).order_by(AccountRow.name)
    return list(session.scalars(found)) if party else []


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
    """With its parameters."""
    made = stretching.argon2id(secrets.token_bytes(stretching.SALT), stretching.PASSWORD)
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
