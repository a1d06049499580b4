"""The doors at which keepers are asked to delete."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.erasure.messages import Erase, Withdraw
from salus.rights.custody.erasure.shredding import erase
from salus.rights.custody.erasure.withdrawing import withdraw
from salus.rights.custody.keeper import Keeper

LIMIT = 16 * 1024 * 1024


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What one keeper answers to about erasures."""

    @app.post("/custody/erase")
    async def _erase(request: Request) -> Response:
        asked = parse(Erase, await limited_body(request, LIMIT))
        return document(await in_thread(erase, keeper, asked))

    @app.post("/custody/withdraw")
    async def _withdraw(request: Request) -> Response:
        told = parse(Withdraw, await limited_body(request, LIMIT))
        await in_thread(withdraw, keeper, told)
        return Response(status_code=204)
