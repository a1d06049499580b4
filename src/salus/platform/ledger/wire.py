"""JSON-RPC 2.0 over HTTP, in batches; numbers and bytes as Ethereum writes them."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from salus.platform.ledger.errors import LedgerFailed, LedgerUnreachable
from salus.platform.turns import PAGES

BATCH = 100
_PAUSES = (0.0, 0.05, 0.2)  # seconds before each try
_TIMEOUT_SECONDS = 30.0
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_QUANTITY = re.compile("0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """The error object of an answer; `body` is its revert data, if any."""

    code: int
    message: str
    body: bytes


class Wire:
    """One node, over pooled connections. Every request may be sent again with the same effect."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._target, self.url = url, _shown(url)
        self._http = httpx.Client(
            timeout=_TIMEOUT_SECONDS,
            transport=transport,
            trust_env=False,
            limits=_LIMITS,
            headers={"accept-encoding": "identity"},  # packing costs a node more than sending
        )

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one request. Raises LedgerFailed and LedgerUnreachable."""
        return self.all([Request(method, params)])[0]

    def all(self, requests: Sequence[Request]) -> list[Any]:
        """The results of many requests. Raises LedgerFailed at the first failure."""
        answers = self.attempt(requests)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Failure):
                raise self.failed(request.method, answer.message)
        return answers

    def attempt(self, requests: Sequence[Request]) -> list[Any]:
        """The results in order, with a Failure in the place of each that failed."""
        answers: list[Any] = []
        for first in range(0, len(requests), BATCH):
            try:
                answers += self._batch(requests[first : first + BATCH])
            except LedgerUnreachable as error:
                if first:  # the node has read those before it
                    error.__cause__ = None
                raise
        return answers

    def _batch(self, requests: Sequence[Request]) -> Iterator[Any]:
        content = [
            {"jsonrpc": "2.0", "id": at, "method": each.method, "params": each.params}
            for at, each in enumerate(requests)
        ]
        method = requests[0].method
        answers = self._post(orjson.dumps(content), method)
        if isinstance(answers, dict):  # the whole batch was refused
            raise self.failed(method, _refusal(answers.get("error")))
        with self.reading(method):
            by_id = {answer["id"]: answer for answer in answers}
            if by_id.keys() != set(range(len(requests))):
                raise self.failed(method, "answers are missing")
            return iter([_result(by_id[at]) for at in range(len(requests))])

    def _post(self, content: bytes, method: str) -> Any:
        headers = {"content-type": "application/json"}
        troubles: list[httpx.TransportError] = []
        for pause in _PAUSES:
            try:
                with PAGES.given():
                    time.sleep(pause)
                    answer = self._http.post(self._target, content=content, headers=headers)
                break
            except httpx.TransportError as error:
                troubles.append(error)
        else:
            raise LedgerUnreachable(url=self.url) from _worst(troubles)
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise self.failed(method, f"HTTP status {answer.status_code}") from None

    @contextmanager
    def reading(self, method: str) -> Iterator[None]:
        """What a node says need not be what the standard says. Raises LedgerFailed where not."""
        try:
            yield
        except (KeyError, TypeError, ValueError):
            raise self.failed(method, "an answer of another shape") from None

    def failed(self, method: str, reason: str) -> LedgerFailed:
        return LedgerFailed(url=self.url, method=method, reason=reason[:200])

    def close(self) -> None:
        self._http.close()


def _shown(url: str) -> str:
    """Without what may be a password or a key: a name before the host, a path, a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _worst(troubles: Sequence[httpx.TransportError]) -> httpx.TransportError:
    """One after which the node may have read the request, if there is such."""
    return next((each for each in troubles if not isinstance(each, _NOTHING_SENT)), troubles[0])


def was_not_sent(error: LedgerUnreachable) -> bool:
    """Whether it is certain that the node has read nothing of the request."""
    return isinstance(error.__cause__, _NOTHING_SENT)


def _result(answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    return Failure(int(error["code"]), str(error["message"]), _revert_bytes(error.get("data")))


def _refusal(error: Any) -> str:
    return str(error.get("message", "no batch")) if isinstance(error, dict) else "no batch"


def _revert_bytes(found: Any) -> bytes:
    try:
        return to_bytes(found) if isinstance(found, str) else b""
    except ValueError:
        return b""


def quantity(value: int) -> str:
    return hex(value)


def to_int(text: Any) -> int:
    """Raises ValueError for what is not `0x` hex of a number from zero on."""
    if not (isinstance(text, str) and _QUANTITY.fullmatch(text)):
        raise ValueError("not 0x hex")
    return int(text, 16)


def to_hex(content: bytes) -> str:
    return "0x" + content.hex()


def to_bytes(text: Any) -> bytes:
    """Raises ValueError for what is not `0x` hex."""
    if not (isinstance(text, str) and text.startswith("0x")):
        raise ValueError("not 0x hex")
    return bytes.fromhex(text[2:])
