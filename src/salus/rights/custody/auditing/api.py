"""The doors at which keepers tell of their audit."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.auditing.keeping import tell, tell_head
from salus.rights.custody.auditing.messages import AskAudit, AskHead
from salus.rights.custody.keeper import Keeper


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What one keeper answers to about its audit."""

    @app.post("/custody/audit")
    async def _audit(request: Request) -> Response:
        asked = parse(AskAudit, await limited_body(request))
        return document(await in_thread(tell, keeper, asked))

    @app.post("/custody/audit/head")
    async def _head(request: Request) -> Response:
        asked = parse(AskHead, await limited_body(request))
        return document(await in_thread(tell_head, keeper, asked))
