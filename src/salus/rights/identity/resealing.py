"""Moving what this right keeps sealed under the next storage key."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.rights.identity.accounts import totp
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.matching import erasing
from salus.rights.identity.notices import service as notices


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """People, the secrets of authenticators, and how people are reached."""
    erasing.reseal(session, old, new)
    notices.reseal(session, old, new)
    for row in session.scalars(select(AccountRow).where(AccountRow.totp != b"")):
        row.totp = totp.seal(new, row.account, totp.opened(old, row.account, row.totp))
