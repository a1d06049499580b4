"""The embedded chain as a standard Ethereum node on this machine.

Wallets, `cast` and web3.py can look at it, and commands can work while a server holds the file.
"""

from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import FastAPI, Request, Response

from salus.kernel.errors import SalusError
from salus.platform.ledger.embedded import EmbeddedLedger
from salus.platform.ledger.errors import NotLoopback
from salus.platform.ledger.methods import Fault, Methods
from salus.platform.web import in_thread, new_app

MAX_BATCH = 1_000
_BODY_LIMIT = 8 * 2**20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PARSE, _INVALID, _UNKNOWN, _PARAMS, _INTERNAL = -32700, -32600, -32601, -32602, -32603


def ledger_app(ledger: EmbeddedLedger) -> FastAPI:
    """JSON-RPC 2.0 on `/`, single or in batches.

    Any program of this machine may send what it has signed; a page of another site in a browser
    may not even look: host and origin must be this machine's.
    """
    app, methods = new_app("Salus ledger", body_limit=_BODY_LIMIT), Methods(ledger)

    @app.post("/")
    async def _door(request: Request) -> Response:
        _only_loopback(request)
        content = await request.body()
        answer = await in_thread(_answer, methods, content)
        return Response(orjson.dumps(answer), media_type="application/json")

    return app


def _only_loopback(request: Request) -> None:
    origin = request.headers.get("origin")
    hosts = [urlsplit(f"//{request.headers.get('host', '')}").hostname]
    if origin is not None:
        hosts.append(urlsplit(origin).hostname)
    for host in hosts:
        if host not in _LOOPBACK:
            raise NotLoopback(host=str(host)[:100])


def _answer(methods: Methods, content: bytes) -> Any:
    try:
        asked = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _error(None, Fault(_PARSE, "not JSON"))
    if not isinstance(asked, list):
        return _one(methods, asked)
    if not 0 < len(asked) <= MAX_BATCH:
        return _error(None, Fault(_INVALID, f"a batch has 1 to {MAX_BATCH} requests"))
    if all(map(_is_send, asked)):
        return _sent(methods, asked)
    return [_one(methods, each) for each in asked]


def _is_send(asked: Any) -> bool:
    return (
        isinstance(asked, dict)
        and asked.get("method") == "eth_sendRawTransaction"
        and isinstance(asked.get("params"), list)
        and len(asked["params"]) == 1
    )


def _sent(methods: Methods, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A batch that does nothing but send is one block."""
    numbers = [each.get("id") for each in asked]
    try:
        answers = methods.send_many([each["params"][0] for each in asked])
    except SalusError as error:
        answers = [Fault(_INTERNAL, str(error))] * len(asked)
    return [
        _error(number, answer)
        if isinstance(answer, Fault)
        else {"jsonrpc": "2.0", "id": number, "result": answer}
        for number, answer in zip(numbers, answers, strict=True)
    ]


def _one(methods: Methods, asked: Any) -> dict[str, Any]:
    number = asked.get("id") if isinstance(asked, dict) else None
    try:
        return {"jsonrpc": "2.0", "id": number, "result": _result(methods, asked)}
    except Fault as fault:
        return _error(number, fault)
    except SalusError as error:
        return _error(number, Fault(_INTERNAL, str(error)))
    except (TypeError, AttributeError, KeyError):
        return _error(number, Fault(_PARAMS, "parameters do not fit the method"))


def _result(methods: Methods, asked: Any) -> Any:
    if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
        raise Fault(_INVALID, "not a request of JSON-RPC 2.0")
    method, params = methods.table.get(asked["method"]), asked.get("params") or []
    if method is None:
        raise Fault(_UNKNOWN, f"no method {asked['method'][:60]}")
    if not isinstance(params, list):
        raise Fault(_PARAMS, "parameters must be a list")
    return method(*params)


def _error(number: Any, fault: Fault) -> dict[str, Any]:
    error: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.body is not None:
        error["data"] = fault.body
    return {"jsonrpc": "2.0", "id": number, "error": error}
