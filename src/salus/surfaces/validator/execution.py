"""The execution client: its Engine API, and the few questions of `eth` and `txpool` we ask it."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import httpx
import orjson

from salus.kernel.clock import Clock, seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.surfaces.validator.errors import ExecutionUnreachable
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.payload import Payload
from salus.surfaces.validator.rules import beacon_root, mix

USUAL_SECONDS = 30.0
QUICK_SECONDS = 3.0
_NEW, _CHOOSE = "engine_newPayloadV3", "engine_forkchoiceUpdatedV3"
_TRIES = 2  # a client that came back has closed the connections that we kept
_REVERTED = 3  # code of an eth_call that the contract refused
_HEADER = b'{"alg":"HS256","typ":"JWT"}'


class Verdict(StrEnum):
    """What the client says of a payload; everything unknown to us is DOUBTFUL."""

    VALID = "VALID"
    INVALID = "INVALID"
    SYNCING = "SYNCING"
    ACCEPTED = "ACCEPTED"
    DOUBTFUL = "DOUBTFUL"

    @classmethod
    def _missing_(cls, _value: object) -> "Verdict":
        return cls.DOUBTFUL


class Failed(Exception):
    """The client answered with an error; `code` as JSON-RPC has it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a payload that is to be built must have."""

    time: int
    recipient: Address


class Execution:
    """Raises ExecutionUnreachable from every verb when there is no usable answer."""

    def __init__(self, *, engine: str, rpc: str, secret: bytes, clock: Clock) -> None:
        self._engine, self._rpc, self._secret, self._clock = engine, rpc, secret, clock
        self._http = httpx.AsyncClient(trust_env=False)

    async def head(self) -> Head:
        """Where the client stands."""
        return self._head(await self._block("latest"))

    async def block(self, number: int) -> Head | None:
        """The block of that number on the chain that the client holds for the right one."""
        found = await self._block(hex(number))
        return None if found is None else self._head(found)

    async def _block(self, tag: str) -> Any:
        return await self._ask("eth_getBlockByNumber", tag, False)

    async def knows(self, head: Head) -> bool:
        """Whether the client has that block, on its chain or beside it."""
        method = "eth_getBlockByHash"
        found = await self._ask(method, to_hex(head.hash), False)
        return found is not None and self._head(found) == head

    async def holds(self, head: Head) -> bool:
        """Whether the client stands on that block or above it."""
        present = await self.head()
        if present.number <= head.number:
            return present == head
        return await self.block(head.number) == head

    async def new_payload(self, payload: Payload, *, within: float = USUAL_SECONDS) -> Verdict:
        """Let it execute a payload."""
        root = to_hex(beacon_root(payload.parent))
        document = dict(payload.document)
        try:
            answer = await self._request(_NEW, (document, [], root), within=within)
        except Failed:
            return Verdict.DOUBTFUL
        return self._verdict(_NEW, answer)

    async def choose(self, digest: Digest) -> Verdict:
        """Name a block as the head, safe and final."""
        verdict, _ = await self._choose(digest, None, USUAL_SECONDS)
        return verdict

    async def build(self, parent: Head, attributes: Attributes) -> str | None:
        """Start a payload on top of a head; None when the client is not there."""
        wanted = {
            "timestamp": hex(attributes.time),
            "prevRandao": to_hex(mix(parent)),
            "suggestedFeeRecipient": to_hex(attributes.recipient),
            "withdrawals": [],
            "parentBeaconBlockRoot": to_hex(beacon_root(parent.hash)),
        }
        verdict, number = await self._choose(parent.hash, wanted, QUICK_SECONDS)
        return number if verdict is Verdict.VALID else None

    async def _choose(
        self, digest: Digest, attributes: Mapping[str, Any] | None, within: float
    ) -> tuple[Verdict, str | None]:
        named = to_hex(digest)
        state = {
            "headBlockHash": named,
            "safeBlockHash": named,
            "finalizedBlockHash": named,
        }
        try:
            answer = await self._request(_CHOOSE, (state, attributes), within=within)
            return self._verdict(_CHOOSE, answer["payloadStatus"]), answer.get("payloadId")
        except Failed:
            return Verdict.DOUBTFUL, None
        except (KeyError, TypeError):
            raise ExecutionUnreachable(method=_CHOOSE) from None

    async def built(self, number: str) -> Any:
        """What was built, as JSON members."""
        method = "engine_getPayloadV3"
        answer = await self._ask(method, number, within=QUICK_SECONDS)
        try:
            return answer["executionPayload"]
        except (KeyError, TypeError):
            raise ExecutionUnreachable(method=method) from None

    async def pending(self) -> int:
        """How many transactions of its pool could be in a block."""
        method = "txpool_status"
        answer = await self._ask(method, url=self._rpc, within=QUICK_SECONDS)
        try:
            return int(answer["pending"], 16)
        except (KeyError, TypeError, ValueError):
            raise ExecutionUnreachable(method=method) from None

    async def view(self, contract: Address, data: bytes, *, at: Digest) -> bytes | None:
        """The answer of a contract at a block; empty where there is none, None when it refuses."""
        call = {"to": to_hex(contract), "data": to_hex(data)}
        try:
            answer = await self._request("eth_call", (call, {"blockHash": to_hex(at)}))
            return bytes.fromhex(answer[2:])
        except Failed as failed:
            if failed.code == _REVERTED:
                return None
            raise ExecutionUnreachable(method="eth_call") from None
        except (TypeError, ValueError):
            raise ExecutionUnreachable(method="eth_call") from None

    async def _ask(
        self, method: str, *params: Any, url: str = "", within: float = USUAL_SECONDS
    ) -> Any:
        try:
            return await self._request(method, params, url=url, within=within)
        except Failed:
            raise ExecutionUnreachable(method=method) from None

    async def _request(
        self, method: str, params: Any, *, url: str = "", within: float = USUAL_SECONDS
    ) -> Any:
        content = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        headers = {"content-type": "application/json"}
        if not url:
            headers["authorization"] = f"Bearer {self._token()}"
        try:
            said = orjson.loads(await self._post(url or self._engine, content, headers, within))
            if (error := said.get("error")) is not None:
                raise Failed(int(error["code"]))
            return said["result"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            raise ExecutionUnreachable(method=method) from None

    async def _post(
        self, url: str, content: bytes, headers: Mapping[str, str], within: float
    ) -> bytes:
        """Every question may be asked twice with the same effect."""
        for _ in range(_TRIES - 1):
            with suppress(httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                answer = await self._http.post(
                    url, content=content, headers=headers, timeout=within
                )
                return answer.content
        answer = await self._http.post(url, content=content, headers=headers, timeout=within)
        return answer.content

    def _token(self) -> str:
        """A JWT as the Engine API wants it: HS256 over the present moment."""
        claims = orjson.dumps({"iat": seconds(self._clock.now())})
        signed = _base64(_HEADER) + b"." + _base64(claims)
        mac = hmac.new(self._secret, signed, sha256).digest()
        return (signed + b"." + _base64(mac)).decode()

    def _head(self, found: Any) -> Head:
        try:
            return Head(
                int(found["number"], 16),
                Digest(bytes.fromhex(found["hash"][2:])),
                int(found["timestamp"], 16),
            )
        except (KeyError, TypeError, ValueError):
            raise ExecutionUnreachable(method="eth_getBlockByNumber") from None

    def _verdict(self, method: str, answer: Any) -> Verdict:
        try:
            return Verdict(answer["status"])
        except (KeyError, TypeError):
            raise ExecutionUnreachable(method=method) from None

    async def close(self) -> None:
        await self._http.aclose()


def _base64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")
