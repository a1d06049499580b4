"""What came with a request: read once, within limits, before anybody looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from salus.kernel.errors import SalusError
from salus.platform.web.errors import BodyTooLarge
from salus.platform.web.portal.errors import FormForeign, FormInvalid
from salus.platform.web.portal.forms import Form, Upload
from salus.platform.web.portal.pages import Route


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to a page. `failure`: why its form could not be read."""

    method: str
    path: str
    address: str = field(repr=False)
    origin: str
    host: str
    cookies: Mapping[str, str] = field(repr=False)
    accepts: str
    parameters: Mapping[str, Any]
    query: Mapping[str, str]
    form: Form
    is_fragment: bool
    failure: SalusError | None


async def asked(request: Request, route: Route) -> Asked:
    form, failure = Form(), None
    if request.method == "POST":
        try:
            form = await _form(request, route.takes)
        except SalusError as error:
            failure = error
    return Asked(
        request.method,
        request.url.path,
        request.client.host if request.client else "",
        request.headers.get("origin", ""),
        request.headers.get("host", ""),
        request.cookies,
        request.headers.get("accept-language", ""),
        request.path_params,
        dict(request.query_params),
        form,
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true",
        failure,
    )


async def _form(request: Request, limit: int) -> Form:
    """Raises BodyTooLarge and FormInvalid."""
    announced = request.headers.get("content-length", "")
    if not announced.isdigit() or int(announced) > limit:
        raise BodyTooLarge(limit=limit)
    values: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    try:
        async with request.form(max_files=4, max_fields=1_000, max_part_size=limit) as sent:
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = Upload(value.filename or "", await value.read())
                else:
                    values.setdefault(name, []).append(value)
    except (HTTPException, MultiPartException, ClientDisconnect, UnicodeDecodeError, ValueError):
        raise FormInvalid from None
    return Form(values, uploads)


def check_origin(came: Asked) -> None:
    """A form comes from a page of this very host. Raises FormForeign."""
    if came.method == "POST" and urlsplit(came.origin).netloc != came.host:
        raise FormForeign
