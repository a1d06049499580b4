"""The RPC of CometBFT: blocks that it keeps, and wake-ups for it."""

from base64 import b64decode
from typing import Any

import httpx
import orjson

from salus.surfaces.validator.errors import ConsensusUnreachable

_SECONDS = 5.0


class Comet:
    """Raises ConsensusUnreachable from every verb when there is no usable answer."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(trust_env=False, timeout=_SECONDS)

    async def transactions(self, height: int) -> list[bytes]:
        """Those of a block that was decided."""
        answer = await self._get("block", height=str(height))
        try:
            found = answer["result"]["block"]["data"]["txs"]
            return [b64decode(each, validate=True) for each in found]
        except (KeyError, TypeError, ValueError):
            raise ConsensusUnreachable from None

    async def wake(self, content: bytes) -> None:
        """Put a wake-up into its pool, which then starts a height."""
        await self._get("broadcast_tx_async", tx=f'"{content.decode("ascii")}"')

    async def _get(self, path: str, **query: str) -> Any:
        try:
            answer = await self._http.get(f"{self._url}/{path}", params=query)
            return orjson.loads(answer.content)
        except (httpx.HTTPError, orjson.JSONDecodeError):
            raise ConsensusUnreachable from None

    async def close(self) -> None:
        await self._http.aclose()
