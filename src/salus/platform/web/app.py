"""The frame of a door: size limit, problems, and documents as JSON."""

from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from salus.kernel.documents import members
from salus.kernel.errors import SalusError
from salus.platform.i18n import explain
from salus.platform.web.errors import BodyTooLarge

PROBLEM = "application/problem+json"


def new_app(title: str) -> FastAPI:
    """An application whose every SalusError becomes a problem without content."""
    app = FastAPI(title=title, docs_url=None, redoc_url=None)

    @app.exception_handler(SalusError)
    async def _problem(_: Request, error: SalusError) -> JSONResponse:
        message, hint = explain(error)
        content = {
            "type": error.problem(),
            "title": message,
            "status": error.status,
            "hint": hint,
            "details": error.shown(),
        }
        return JSONResponse(content, error.status, media_type=PROBLEM)

    return app


async def limited_body(request: Request, limit: int) -> bytes:
    """The body of a request. Raises BodyTooLarge before it is read whole."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit=limit)
        parts.append(part)
    return b"".join(parts)


def document(value: Any) -> Response:
    """A document of ours as an answer."""
    return Response(orjson.dumps(members(value)), media_type="application/json")
