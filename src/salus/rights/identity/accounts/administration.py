"""What an administrator does for the accounts of the own organization, and for no other."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from salus.platform.web.portal import Role, sessions
from salus.platform.work import Work
from salus.rights.identity.accounts.changes import HOST, Change, note
from salus.rights.identity.accounts.errors import OwnAuthenticator, UnknownAccount
from salus.rights.identity.accounts.model import SUSPENDED
from salus.rights.identity.accounts.service import drop_authenticator, of_party, refuse_last
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.model import Roles

_CARE = Roles.SOURCE | Roles.HOSPITAL | Roles.READER
_OFFERS: Final = (
    (Role.CLINICIAN, _CARE),
    (Role.DESK, Roles.SOURCE),
    (Role.PRIVACY, Roles.PRIVACY),
    (Role.LICENSEE, Roles.LICENSEE),
    (Role.LENDER, Roles.LENDER),
)


def offered(roles: Roles) -> tuple[Role, ...]:
    """What an organization with these roles may give to its people.

    Regulators and operators are named by whoever runs the node, with `salus account`.
    """
    found = (role for role, needed in _OFFERS if roles & needed)
    return (*found, Role.ADMINISTRATOR)


def account_of(session: Session, party: str, account: str) -> AccountRow:
    """An account of an organization. Raises UnknownAccount, also for those of others."""
    for row in of_party(session, party):
        if row.account == account:
            return row
    raise UnknownAccount(name=account[:32])


def is_suspended(row: AccountRow) -> bool:
    return row.closed_until >= SUSPENDED


def suspend(work: Work, party: str, account: str, *, by: str = HOST) -> None:
    """Close an account and end its sessions. Raises UnknownAccount, LastAdministrator."""
    row = account_of(work.session, party, account)
    refuse_last(work.session, row)
    row.closed_until = SUSPENDED
    sessions.end_all(work.session, account)
    note(work, row, Change.SUSPENDED, by=by)


def reinstate(work: Work, party: str, account: str, *, by: str = HOST) -> None:
    """Open a suspended account again. Raises UnknownAccount."""
    row = account_of(work.session, party, account)
    row.closed_until, row.failures = 0, 0
    note(work, row, Change.REINSTATED, by=by)


def take_authenticator(work: Work, party: str, account: str, *, by: str) -> None:
    """For somebody who lost it and is known in person. Raises UnknownAccount, OwnAuthenticator."""
    row = account_of(work.session, party, account)
    if account == by:
        raise OwnAuthenticator
    drop_authenticator(work, row, by=by)


def set_roles(
    work: Work, party: str, account: str, roles: Sequence[Role], *, by: str = HOST
) -> None:
    """Raises UnknownAccount and LastAdministrator."""
    row = account_of(work.session, party, account)
    if Role.ADMINISTRATOR not in roles:
        refuse_last(work.session, row)
    row.roles = " ".join(roles)
    note(work, row, Change.ROLES, by=by)
