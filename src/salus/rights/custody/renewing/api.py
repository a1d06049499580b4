"""The door at which custodians sign for new keys."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.messages import Role
from salus.rights.custody.renewing.messages import AskRekey
from salus.rights.custody.renewing.signing import sign_rekey

LIMIT = 16 * 1024 * 1024


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What a custodian answers to when all keys of a record are changed."""
    if keeper.role is not Role.CUSTODIAN:
        return

    @app.post("/custody/rekey")
    async def _rekey(request: Request) -> Response:
        asked = parse(AskRekey, await limited_body(request, LIMIT))
        return document(await in_thread(sign_rekey, keeper, asked))
