"""Whose accounts an address on the ledger stands for."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.platform.web.portal import Role
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home


def staff_of(
    session: Session, home: Path | None, role: Role | None = None
) -> Mapping[Address, list[str]]:
    """The accounts of each organization that lives in a home, by its address: all or of a role."""
    found: dict[Address, list[str]] = {}
    if home is None:
        return found
    ring = of_home(home)
    rows = session.execute(select(AccountRow.account, AccountRow.party, AccountRow.roles))
    for account, party, roles in rows:
        if party and (role is None or role in roles.split()):
            try:
                found.setdefault(ring.member(party).address, []).append(account)
            except UnknownParty:
                continue
    return found


def guardians_of(session: Session) -> Mapping[Address, str]:
    """The account of each person who may guard or act for others, by the key for that."""
    rows = session.execute(
        select(AccountRow.guardian, AccountRow.account).where(AccountRow.guardian != b"")
    )
    return {Address(key): account for key, account in rows}
