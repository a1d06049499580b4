"""What was changed on accounts of an organization, by whom: kept for its administrators."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.platform.i18n import translate
from salus.platform.work import Work
from salus.rights.identity.accounts.tables import AccountRow, ChangeRow

MOST = 50
HOST = ""
"""Who runs the node, with `salus account`."""


class Change(StrEnum):
    """What was done to an account."""

    ADDED = "added"
    ROLES = "roles"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    AUTHENTICATOR = "authenticator"


@dataclass(frozen=True, slots=True)
class Changed:
    """One line; `by` is a name, empty for whoever runs the node."""

    at: datetime
    what: Change
    by: str


def note(work: Work, row: AccountRow, what: Change, *, by: str) -> None:
    """`by`: the account of the administrator, or HOST."""
    at = seconds(work.node.clock.now())
    work.session.add(ChangeRow(at=at, party=row.party, account=row.account, what=what, by=by))


def changes(session: Session, account: str) -> list[Changed]:
    """The newest, first."""
    mine = select(ChangeRow).where(ChangeRow.account == account)
    rows = session.scalars(mine.order_by(ChangeRow.number.desc()).limit(MOST))
    return [Changed(moment(row.at), Change(row.what), _name(session, row.by)) for row in rows]


def _name(session: Session, account: str) -> str:
    row = session.get(AccountRow, account) if account else None
    return row.shown if row else ""


def said(what: Change) -> str:
    return {
        Change.ADDED: translate("The account was made."),
        Change.ROLES: translate("The roles were changed."),
        Change.SUSPENDED: translate("The account was suspended."),
        Change.REINSTATED: translate("The account was opened again."),
        Change.AUTHENTICATOR: translate("A lost authenticator was taken off."),
    }[what]
