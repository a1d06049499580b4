"""The door at which the gateway tells licensees of units."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.platform.web import document, in_thread, limited_body
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.licensees.messages import AskUnits
from salus.rights.custody.licensees.telling import tell_units
from salus.rights.custody.messages import Role


def add_doors(app: FastAPI, keeper: Keeper) -> None:
    """What the gateway answers to a licensee."""
    if keeper.role is not Role.GATEWAY:
        return

    @app.post("/custody/units")
    async def _units(request: Request) -> Response:
        asked = parse(AskUnits, await limited_body(request))
        return document(await in_thread(tell_units, keeper, asked))
