"""Emergencies, for the accounts of those whom `notices` tells of them."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from salus.kernel.encoding import to_hex
from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority.claiming import account_of
from salus.rights.identity.notices.finding import guardians_of, staff_of
from salus.services.emergency.notices import Notified, Told, notices, tell

PATHS = {Told.SUBJECT: "/app/looks", Told.OFFICER: "/app/privacy/emergencies"}
_ELSE = "/app/people"


def news(node: Node, session: Session) -> Iterator[News]:
    staff, people = staff_of(session, node.home), guardians_of(session)
    tell(node)
    with node.reading() as fresh:
        found = notices(fresh)
    for each in found:
        key = f"emergency/{to_hex(each.emergency)}/{each.step.name.lower()}"
        for account in _accounts(session, each, staff.get(each.told, []), people.get(each.told)):
            yield News(account, Kind.EMERGENCY, key, PATHS.get(each.role, _ELSE), each.at)


def _accounts(session: Session, each: Notified, staff: list[str], person: str | None) -> list[str]:
    if each.role is Told.SUBJECT:
        owner = account_of(session, each.record)
        return [owner] if owner is not None else []
    return staff if each.role is Told.OFFICER else [person] if person is not None else []
