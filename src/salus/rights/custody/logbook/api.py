"""The doors at which keepers tell of their logs."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.logbook.keeping import grown, head
from salus.rights.custody.logbook.messages import AskGrown, AskLog


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What one keeper answers to about its log."""

    @app.post("/custody/log")
    async def _grown(request: Request) -> Response:
        asked = parse(AskGrown, await limited_body(request))
        return document(await in_thread(grown, keeper, asked))

    @app.post("/custody/log/head")
    async def _head(request: Request) -> Response:
        asked = parse(AskLog, await limited_body(request))
        return document(await in_thread(head, keeper, asked))
