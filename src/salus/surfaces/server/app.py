"""One application: the pages and the JSON verbs of every capability."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from salus.platform.capability import discover, folder_of, load, packages
from salus.platform.web import new_app
from salus.platform.web.portal import Pages, Person, Portal, Role
from salus.platform.work import Node
from salus.rights.identity.accounts import service

FIRST = "/app/home"
BODY_LIMIT = 32 * 2**20  # of a bundle that is imported


@dataclass(frozen=True, slots=True)
class NodeAccounts:
    """The accounts of a node, as the frame of the pages asks for them."""

    node: Node

    def person(self, session: Session, account: str, role: Role) -> Person | None:
        return service.person(session, account, role)

    def check(self, account: str, password: str) -> bool:
        return service.check(self.node, account, password)


def portal_app(node: Node, home: Path, *, is_behind: Callable[[], int] = lambda: 0) -> FastAPI:
    """The portal on an open node. `is_behind`: minutes since the ledger spoke, or 0."""
    app = new_app("Salus", body_limit=BODY_LIMIT)
    portal = Portal(node, home, every_page(), folders(), NodeAccounts(node), is_behind)
    app.router.routes.extend(portal.routes())

    async def first(_: Request) -> Response:
        return RedirectResponse(FIRST, 303)

    app.add_route("/", first)
    return app


def every_page() -> list[Pages]:
    """The pages of every capability, in the order of their names."""
    return [load(door) for capability in discover() for door in capability.doors("pages")]


def folders() -> dict[str, Path]:
    """Where the templates of each capability lie."""
    return {package.__name__.rpartition(".")[2]: folder_of(package) for package in packages()}
