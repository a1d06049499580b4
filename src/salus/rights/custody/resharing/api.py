"""The doors through which keys go to other holders."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.at_rest import with_present_key
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.resharing.giving import holdings, split
from salus.rights.custody.resharing.messages import Adopt, AskHoldings, AskSplit, Join, Retire
from salus.rights.custody.resharing.retiring import retire
from salus.rights.custody.resharing.taking import adopt, join

LIMIT = 16 * 1024 * 1024


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What a keeper answers to when keys move."""

    @app.post("/custody/holdings")
    async def _holdings(request: Request) -> Response:
        asked = parse(AskHoldings, await limited_body(request))
        return document(await in_thread(holdings, keeper, asked))

    @app.post("/custody/split")
    async def _split(request: Request) -> Response:
        asked = parse(AskSplit, await limited_body(request, LIMIT))
        return document(await in_thread(with_present_key, split, keeper, asked))

    @app.post("/custody/join")
    async def _join(request: Request) -> Response:
        asked = parse(Join, await limited_body(request, LIMIT))
        return document(await in_thread(with_present_key, join, keeper, asked))

    @app.post("/custody/adopt")
    async def _adopt(request: Request) -> Response:
        asked = parse(Adopt, await limited_body(request, LIMIT))
        return document(await in_thread(with_present_key, adopt, keeper, asked))

    @app.post("/custody/retire")
    async def _retire(request: Request) -> Response:
        asked = parse(Retire, await limited_body(request))
        return document(await in_thread(retire, keeper, asked))
