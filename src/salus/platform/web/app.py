"""The frame of a door: problems, request ids, size limits, and documents as JSON."""

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from salus.kernel.documents import members
from salus.kernel.errors import SalusError
from salus.platform.i18n import explain
from salus.platform.web.errors import BadRequest, BodyTooLarge, NoSuchAddress, TooOften
from salus.platform.web.frame import Frame

PROBLEM = "application/problem+json"
BODY_LIMIT = 64 * 1024


def new_app(title: str, *, body_limit: int = 16 * 2**20) -> FastAPI:
    """An application whose every error becomes a problem without content (RFC 9457).

    `body_limit` holds for every route; a route that takes less says so with `limited_body`.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None)
    app.add_middleware(Frame, body_limit=body_limit, problem=problem)

    @app.exception_handler(SalusError)
    async def _salus(_: Request, error: SalusError) -> Response:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def _form(_: Request, error: RequestValidationError) -> Response:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        return problem(BadRequest(where=where[:100]))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        refusal = problem(NoSuchAddress(code=error.status_code), status=error.status_code)
        refusal.headers.update(error.headers or {})
        return refusal

    return app


def problem(error: SalusError, *, status: int | None = None) -> Response:
    """An error as RFC 9457 says it, with what to do beside it."""
    message, hint = explain(error)
    code = status or error.status
    content = {
        "type": error.problem(),
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": message,
        "hint": hint,
        "details": error.shown(),
    }
    return Response(orjson.dumps(content), code, media_type=PROBLEM, headers=when_again(error))


def when_again(error: SalusError) -> dict[str, str]:
    """The header that says when to come back, where there is a time to wait (RFC 9110)."""
    if not isinstance(error, TooOften):
        return {}
    return {"retry-after": str(60 * int(error.shown()["minutes"]))}


async def limited_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
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
