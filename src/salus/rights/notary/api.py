"""The door of a witness."""

from fastapi import FastAPI, Request, Response

from salus.kernel.documents import parse
from salus.kernel.secp256k1 import SigningKey
from salus.platform.web import document, in_thread, limited_body, new_app
from salus.platform.work import Node
from salus.rights.notary.messages import Cosigned, Note
from salus.rights.notary.service import cosign


def witness_app(node: Node, by: SigningKey) -> FastAPI:
    """What a witness answers to; it sees no leaf, only heads of the log."""
    app = new_app("Salus witness")

    @app.post("/notary/checkpoint")
    async def _checkpoint(request: Request) -> Response:
        note = parse(Note, await limited_body(request))
        signature = await in_thread(cosign, node, note, by=by)
        return document(Cosigned(signature))

    @app.get("/health")
    async def _health() -> dict[str, str]:
        return {"status": "live"}

    return app
