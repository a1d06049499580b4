"""Stylesheet and scripts, held in memory and sent compressed; nothing of a visitor is in them."""

import gzip
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_SCRIPT = "text/javascript"
KINDS = {".css": "text/css", ".js": _SCRIPT, ".mjs": _SCRIPT, ".svg": "image/svg+xml"}


class Static:
    """The files of one folder and those of capabilities, under their names."""

    def __init__(self, folder: Path, others: Iterable[Path] = ()) -> None:
        self._files = {
            path.name: (path.read_bytes(), KINDS[path.suffix])
            for path in (*folder.iterdir(), *others)
            if path.suffix in KINDS
        }
        self._packed = {
            name: gzip.compress(raw, 9, mtime=0) for name, (raw, _) in self._files.items()
        }
        self._tags = {
            name: f'"{sha256(raw).hexdigest()[:16]}"' for name, (raw, _) in self._files.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        if name not in self._files:
            return Response(status_code=404)
        headers = {
            "etag": self._tags[name],
            "cache-control": "public, max-age=300",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
        }
        if request.headers.get("if-none-match") == self._tags[name]:
            return Response(status_code=304, headers=headers)
        raw, kind = self._files[name]
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(raw, media_type=kind, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(self._packed[name], media_type=kind, headers=headers)
