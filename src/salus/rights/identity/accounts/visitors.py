"""The accounts of a node, as the frame of its pages asks for them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.platform.web.portal import Person, Role
from salus.platform.work import Node
from salus.rights.identity.accounts import service


@dataclass(frozen=True, slots=True)
class NodeAccounts:
    """Who somebody is, and whether a password is theirs."""

    node: Node

    def person(self, session: Session, account: str, role: Role) -> Person | None:
        return service.person(session, account, role)

    def check(self, account: str, password: str) -> bool:
        return service.check(self.node, account, password)
