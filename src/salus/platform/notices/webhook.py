"""A notice as a signed request to an address that the receiver chose."""

import hmac
import ipaddress
import socket
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
import orjson

from salus.platform.notices.errors import WebhookForbidden, WebhookRefused
from salus.platform.notices.settings import NoticesSettings

SIGNATURE = "salus-signature"
_SECONDS, _LONGEST = 10, 500


@dataclass(frozen=True, slots=True)
class Hook:
    """Where it goes, and the secret that the receiver checks it by."""

    url: str
    secret: bytes = field(repr=False)


def check_url(url: str, settings: NoticesSettings) -> None:
    """Raises WebhookForbidden for what is no https address, or none on the public internet."""
    try:
        parts = urlsplit(url)
        host, has_name = parts.hostname, parts.username is not None
        _ = parts.port
    except ValueError:
        raise WebhookForbidden from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if not host or has_name or not is_plain or len(url) > _LONGEST:
        raise WebhookForbidden
    if parts.scheme != "https" and not (settings.webhook_inside and parts.scheme == "http"):
        raise WebhookForbidden


def signature(secret: bytes, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of the time, a dot and the body."""
    made = hmac.new(secret, str(at).encode() + b"." + body, sha256).hexdigest()
    return f"t={at},v1={made}"


def post(hook: Hook, members: dict[str, object], at: int, settings: NoticesSettings) -> str:
    """Send members as JSON; the status that came back. Raises WebhookRefused and WebhookForbidden.

    The address is looked up once and held to, so that nobody leads it inside afterwards.
    """
    check_url(hook.url, settings)
    body, parts = orjson.dumps(members), urlsplit(hook.url)
    headers = {
        "content-type": "application/json",
        "host": parts.netloc,
        SIGNATURE: signature(hook.secret, at, body),
    }
    where = parts._replace(netloc=_netloc(_address(hook.url, settings), parts.port)).geturl()
    try:
        with httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
            extensions = {"sni_hostname": parts.hostname}
            answer = client.post(where, content=body, headers=headers, extensions=extensions)
    except httpx.HTTPError as error:
        raise WebhookRefused(reason=type(error).__name__) from None
    if not answer.is_success:
        raise WebhookRefused(reason=str(answer.status_code))
    return str(answer.status_code)


def _address(url: str, settings: NoticesSettings) -> str:
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebhookRefused(reason=type(error).__name__) from None
    addresses = [str(each[4][0]) for each in found]
    if not settings.webhook_inside and not all(
        ipaddress.ip_address(each).is_global for each in addresses
    ):
        raise WebhookForbidden
    return addresses[0]


def _netloc(address: str, port: int | None) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}" if port else host
