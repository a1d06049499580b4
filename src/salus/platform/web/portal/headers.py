"""What every answer brings, so that a browser does no more with a page than it must."""

from collections.abc import Mapping

from starlette.responses import Response

from salus.platform.web.portal.settings import PortalSettings

_HSTS, _A_YEAR = "strict-transport-security", "max-age=31536000"
CLEARS = {"clear-site-data": '"cache", "storage"'}
"""At the end of a session. "cookies" would end those of every other host of the same domain too."""
HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # no-referrer would take Origin off our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    _HSTS: f"{_A_YEAR}; includeSubDomains",
    "cache-control": "no-store",
    "vary": "Accept-Language, Cookie, HX-Request",
}


def headers(settings: PortalSettings) -> dict[str, str]:
    """Without the names below that of the portal where the operator runs other things there."""
    return dict(HEADERS) if settings.subdomains else {**HEADERS, _HSTS: _A_YEAR}


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie of a session; an empty one is taken back."""
    age = None if value else 0
    response.set_cookie(
        name, value, max_age=age, path="/", secure=True, httponly=True, samesite="lax"
    )
