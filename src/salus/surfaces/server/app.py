"""One application: the pages and the JSON verbs of every capability."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from salus.platform.capability import discover, folder_of, load, packages
from salus.platform.settings import read
from salus.platform.web import new_app
from salus.platform.web.portal import Pages, Portal
from salus.platform.web.portal.rates import Rates
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.work import Node
from salus.rights.consent.pages.acting import acting_for
from salus.rights.identity.accounts.visitors import NodeAccounts
from salus.surfaces.server import operate
from salus.surfaces.server.api import api_app

FIRST, VERIFY = "/app/home", "/app/verify"
BODY_LIMIT = 2**40  # each page has a limit of its own, and a page that says so


def portal_app(
    node: Node,
    home: Path,
    *,
    is_behind: Callable[[], int] = lambda: 0,
    settings: PortalSettings | None = None,
) -> FastAPI:
    """The portal on an open node. `is_behind`: minutes since the ledger spoke, or 0.

    Without `settings` those of the environment. Raises BadSetting.
    """
    app = new_app("Salus", body_limit=BODY_LIMIT)
    settings = settings or read(PortalSettings)
    portal = Portal(
        node, home, every_page(), folders(), NodeAccounts(node), is_behind, acting_for, settings
    )
    app.router.routes.extend(portal.routes())

    async def verify(_: Request) -> Response:
        return RedirectResponse(VERIFY, 308)

    async def first(_: Request) -> Response:
        return RedirectResponse(FIRST, 303)

    app.mount("/api", api_app(node, home, Rates(node, settings), is_behind=is_behind))
    app.add_route("/", first)
    app.add_route("/verify", verify)
    return app


def every_page() -> list[Pages]:
    """The pages of every capability, in the order of their names, and those of the node itself."""
    found = [load(door) for capability in discover() for door in capability.doors("pages")]
    return [*found, operate.pages]


def folders() -> dict[str, Path]:
    """Where the templates of each capability lie."""
    known = {package.__name__.rpartition(".")[2]: folder_of(package) for package in packages()}
    return known | {operate.pages.capability: Path(__file__).parent}
