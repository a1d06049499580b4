"""Loans, for the accounts of those whom `notices` tells of them."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority.claiming import account_of
from salus.rights.identity.notices.finding import staff_of
from salus.services.lending.notices import Told, notices, tell


def news(node: Node, session: Session) -> Iterator[News]:
    staff = staff_of(session, node.home)
    tell(node)
    with node.reading() as fresh:
        found = notices(fresh)
    for each in found:
        owner = account_of(session, each.record)
        is_patient = each.role is Told.SUBJECT
        accounts = [owner] if is_patient and owner is not None else staff.get(each.told, [])
        path = "/app/loans" if is_patient else "/app/lending"
        key = f"loan/{each.loan}/{each.step.value}/{each.at}"
        for account in accounts:
            yield News(account, Kind.LOAN, key, path, each.at)
