"""A client of a door, the same whether the door is in this process or in another."""

import ssl
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any
from weakref import finalize

import httpx
import orjson
from starlette.types import ASGIApp

from salus.kernel.clock import monotonic
from salus.kernel.errors import SalusError
from salus.platform.turns import PAGES
from salus.platform.web.certificates import pinned
from salus.platform.web.errors import (
    AnswerTooLarge,
    CertificateEnded,
    PeerFailed,
    PeerUnreachable,
    WrongCertificate,
)
from salus.platform.web.inside import Inside
from salus.platform.web.speaking import HEADER, SPOKEN, refuse_other

TIMEOUT = httpx.Timeout(30.0, connect=5.0)  # seconds; a party that is cut off must not hold us up
LONGEST = 120  # seconds for a whole answer: one that comes drop by drop is none
ANSWER_LIMIT = 64 * 2**20
_SPEAKS = {HEADER: SPOKEN}
_OF_TIME = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED of OpenSSL


class Peer:
    """Another party's door. What it answers is not trusted: neither its size nor its errors."""

    def __init__(self, name: str, client: httpx.Client) -> None:
        self.name, self._client = name, client
        self._end = finalize(self, client.close)  # sockets end with who held them

    @classmethod
    def at(cls, name: str, url: str, certificate: str | None = None) -> "Peer":
        """A door behind a URL. Proxies of the environment see nothing of it.

        With a certificate (PEM) only that one is accepted, whoever else vouches for another.
        """
        verify = pinned(certificate) if certificate else True
        client = httpx.Client(
            base_url=url, timeout=TIMEOUT, trust_env=False, verify=verify, headers=_SPEAKS
        )
        return cls(name, client)

    @classmethod
    def inside(cls, name: str, app: ASGIApp) -> "Peer":
        """A door of this process."""
        client = httpx.Client(base_url="http://inside", transport=Inside(app), trust_env=False)
        return cls(name, client)

    def post(self, path: str, content: bytes, *, limit: int = ANSWER_LIMIT) -> bytes:
        """Raises as `get` does."""
        headers = {"content-type": "application/json"}
        return self._send("POST", path, limit, headers=headers, content=content)

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, limit: int = ANSWER_LIMIT
    ) -> bytes:
        """The body of the answer.

        Raises PeerUnreachable, PeerFailed, AnswerTooLarge, or the error that the peer named.
        """
        return self._send("GET", path, limit, headers=headers)

    def put(self, path: str, parts: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Send what comes part by part; `content-length` is among the headers. Raises as `get`."""
        self._send("PUT", path, ANSWER_LIMIT, headers=headers, content=parts)

    def close(self) -> None:
        self._end()

    def _send(self, method: str, path: str, limit: int, **rest: Any) -> bytes:
        try:
            with PAGES.given(), self._client.stream(method, path, **rest) as answer:
                refuse_other(answer.headers.get(HEADER, ""), name=self.name)
                content = self._read(answer, limit)
        except httpx.TransportError as error:
            raise _refused(self.name, error) from None
        if answer.is_success:
            return content
        raise _error_of(self.name, answer.status_code, content)

    def _read(self, answer: httpx.Response, limit: int) -> bytes:
        parts, size, begun = [], 0, monotonic()
        for part in answer.iter_bytes():
            size += len(part)
            if monotonic() - begun > LONGEST:
                raise PeerUnreachable(name=self.name)
            if size > limit:
                raise AnswerTooLarge(name=self.name, limit=limit)
            parts.append(part)
        return b"".join(parts)


def _refused(name: str, error: BaseException | None) -> SalusError:
    """Why there is no connection: the other side is silent, out of date, or somebody else."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            is_of_time = error.verify_code in _OF_TIME
            return CertificateEnded(name=name) if is_of_time else WrongCertificate(name=name)
        error = error.__cause__ or error.__context__
    return PeerUnreachable(name=name)


def _error_of(name: str, status: int, content: bytes) -> SalusError:
    """The error a problem names, when this release knows it and its values fit."""
    failed = PeerFailed(name=name, status=status)
    try:
        problem = orjson.loads(content)
        kind = error_class(problem["type"])
        details = {str(key): str(value) for key, value in problem["details"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return failed
    if kind is None:
        return failed
    error = kind(**details)
    try:
        str(error)
    except (KeyError, IndexError, ValueError):
        return failed
    return error


def error_class(problem: object) -> type[SalusError] | None:
    """The class of a problem type such as `/problems/custody/not-permitted`."""
    if not isinstance(problem, str) or not problem.startswith("/problems/"):
        return None
    known = _by_problem(SalusError)
    if problem not in known:
        _import_errors(problem.split("/")[2])
        known = _by_problem(SalusError)
    return known.get(problem)


def _import_errors(capability: str) -> None:
    if not capability.isidentifier():
        return
    for stratum in ("rights", "services", "platform"):
        try:
            import_module(f"salus.{stratum}.{capability}.errors")
        except ModuleNotFoundError:
            continue


def _by_problem(kind: type[SalusError]) -> dict[str, type[SalusError]]:
    found = {kind.problem(): kind}
    for each in kind.__subclasses__():
        found |= _by_problem(each)
    return found
