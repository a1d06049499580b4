"""What people call those who help them."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.platform.work import Work
from salus.rights.consent.authority.tables import HelperName


def name_helpers(work: Work, account: str, names: Mapping[Address, str]) -> None:
    """Keep the names that an account gives; later ones take the place of earlier ones."""
    for address, name in names.items():
        work.session.merge(HelperName(account=account, address=address, name=name))


def helper_names(session: Session, account: str) -> dict[Address, str]:
    rows = session.scalars(select(HelperName).where(HelperName.account == account))
    return {Address(row.address): row.name for row in rows}
