"""How a verb of `/api` begins: who brings the token, what it allows, and how often it came."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Depends, Request

from salus.platform.observe import log
from salus.platform.web.portal import Role, Visit
from salus.platform.web.portal.errors import LedgerBehind, RoleNeeded
from salus.platform.web.portal.rates import Rates, of_address
from salus.platform.work import Node
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.tokens import service as tokens
from salus.rights.identity.tokens.errors import ScopeMissing, TokenNeeded
from salus.rights.identity.tokens.service import Holder, Scope

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {
        "description": said,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for code, said in {
        400: "The request is not well formed.",
        401: "A token that is in force is needed.",
        402: "The money does not suffice.",
        403: "The token does not allow it.",
        404: "It is not there, or not for you.",
        409: "Something else has happened meanwhile.",
        422: "The values do not fit.",
        429: "It was asked for too often; `Retry-After` says for how long to wait.",
        503: "Somebody who is needed does not answer.",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Door:
    """The node behind the verbs, how often it may be asked, and whether its ledger is silent."""

    node: Node
    home: Path
    rates: Rates
    is_behind: Callable[[], int]

    def visit(self, request: Request, scope: Scope, *roles: Role) -> Visit:
        """Who asks. Raises TooOften, TokenNeeded, ScopeMissing, RoleNeeded and LedgerBehind."""
        token = _token(request)
        holder, is_stale = self._holder(request, token)
        with self.node.reading() as session:
            person = accounts.person(session, holder.account, holder.role)
        if person is None or person.first:
            raise self._refused(request)
        self.rates.count("call", holder.account)
        if scope not in holder.scopes:
            raise ScopeMissing(scope=scope)
        if roles and person.role not in roles:
            raise RoleNeeded(role=", ".join(roles))
        if scope is Scope.SIGN and (minutes := self.is_behind()):
            raise LedgerBehind(minutes=minutes)
        if is_stale:
            with self.node.sessions() as session, session.begin():
                tokens.note_use(session, token, now=self.node.clock.now())
        return Visit(
            self.node,
            self.home,
            request.url.path,
            person.language,
            person=person,
            session=f"token/{holder.account}",
            root=holder.root,
        )

    def _holder(self, request: Request, token: str) -> tuple[Holder, bool]:
        """Whose token it is, and whether its use is to be noted. Raises TooOften, TokenNeeded."""
        now = self.node.clock.now()
        with self.node.reading() as session:
            try:
                found = tokens.find(session, token, now=now)
            except TokenNeeded:
                raise self._refused(request) from None
            return found, tokens.is_stale(session, token, now=now)

    def _refused(self, request: Request) -> TokenNeeded:
        """Counted by its address, which may try only so often. Raises TooOften."""
        log("token-refused", level="warning", method=request.method)
        self.rates.count("wrong-token", of_address(request.client.host if request.client else ""))
        return TokenNeeded()


def _token(request: Request) -> str:
    """What was brought, empty for nothing of the kind."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.isascii() else ""


def asking(scope: Scope, *roles: Role) -> Any:
    """What a verb begins with: the visit of whoever brought the token."""

    def visit(request: Request) -> Visit:
        door: Door = request.app.state.door
        return door.visit(request, scope, *roles)

    return Depends(visit)
