"""The door of a custodian and of the gateway; the same inside this process and outside."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.kernel.encoding import from_hex
from salus.platform.web import ANSWER_LIMIT, document, in_thread, limited_body, new_app
from salus.rights.custody import messages as m
from salus.rights.custody.at_rest import with_present_key
from salus.rights.custody.auditing import api as auditing
from salus.rights.custody.bodies import size_of_awaited, take_body
from salus.rights.custody.erasure.api import add_doors
from salus.rights.custody.errors import BodyNotAwaited, TicketRefused
from salus.rights.custody.keeper import Keeper, body, hold, looks, open_terms
from salus.rights.custody.licensees.api import add_doors as add_licensees
from salus.rights.custody.logbook.api import add_doors as add_logbook
from salus.rights.custody.release import release
from salus.rights.custody.renewing.api import add_doors as add_renewing
from salus.rights.custody.resharing.api import add_doors as add_resharing
from salus.rights.custody.tidying import Tidying

ASK_LIMIT = 64 * 1024
HOLD_LIMIT = 16 * 1024 * 1024


def keeper_app(keeper: Keeper) -> FastAPI:
    """What one keeper answers to."""
    app = new_app(f"Salus {keeper.role.name.lower()}", body_limit=ANSWER_LIMIT)
    tidying = Tidying(keeper)
    for add in _DOORS:
        add(app, keeper)
    release_path = "/custody/gate" if keeper.role is m.Role.GATEWAY else "/custody/shares"

    @app.post("/custody/hold")
    async def _hold(request: Request) -> Response:
        parcel = parse(m.Hold, await limited_body(request, HOLD_LIMIT))
        return document(await in_thread(with_present_key, hold, keeper, parcel))

    @app.post(release_path)
    async def _release(request: Request) -> Response:
        ask = parse(m.Ask, await limited_body(request, ASK_LIMIT))
        answer = document(await in_thread(with_present_key, release, keeper, ask))
        await in_thread(tidying.now_and_then)
        return answer

    @app.post("/custody/terms")
    async def _terms(request: Request) -> Response:
        told = parse(m.OpenTerms, await limited_body(request, ASK_LIMIT))
        await in_thread(open_terms, keeper, told)
        return Response(status_code=204)

    @app.post("/custody/looks")
    async def _looks(request: Request) -> Response:
        ask = parse(m.AskLooks, await limited_body(request, ASK_LIMIT))
        return document(await in_thread(looks, keeper, ask))

    @app.get("/health")
    async def _health() -> dict[str, str]:
        return {"status": "live"}

    return app


def _add_bodies(app: FastAPI, keeper: Keeper) -> None:
    """Bodies come from their source and go to whoever has a ticket."""

    @app.get("/custody/bodies/{name}")
    async def _body(name: str, request: Request) -> Response:
        try:
            asked, ticket = from_hex(name, 32), from_hex(request.headers.get(m.TICKET, ""), 40)
        except ValueError:
            raise TicketRefused from None
        content = await in_thread(body, keeper, asked, ticket)
        return Response(content, media_type="application/octet-stream")

    @app.put("/custody/bodies/{name}")
    async def _bring(name: str, request: Request) -> Response:
        try:
            asked = from_hex(name, 32)
            signature = from_hex(request.headers.get(m.SIGNATURE, ""), 65)
        except ValueError:
            raise BodyNotAwaited from None
        content = await limited_body(request, await in_thread(size_of_awaited, keeper, asked))
        await in_thread(take_body, keeper, asked, content, signature)
        return Response(status_code=204)


_DOORS: tuple[Callable[[FastAPI, Keeper], None], ...] = (
    add_doors,
    add_resharing,
    add_logbook,
    add_renewing,
    add_licensees,
    auditing.add_doors,
    _add_bodies,
)
