"""Kubo by its RPC API, version 0: blocks and pins of this one node, never of its network."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any
from weakref import finalize

import httpx

from salus.platform.vault.blocks import RAW, Block, cid
from salus.platform.vault.errors import StoreDown, StoreRefused, VaultFull

AT_ONCE = 4  # requests in flight for one verb
IN_ONE = 64  # blocks in one request
NAMED = 512  # addresses in one request, whose URL has an end
_ABSENT = ("not found", "could not find", "not pinned")
_FULL = ("no space left", "storage quota", "disk quota")
Params = Sequence[tuple[str, str]]


class Absent(Exception):
    """A block or pin that is not there."""


class Kubo:
    """`store` is what operators call it. Raises StoreDown, StoreRefused and VaultFull."""

    def __init__(self, store: str, url: str, *, timeout_seconds: int = 30) -> None:
        self._store = store
        limit = httpx.Timeout(timeout_seconds, connect=min(5, timeout_seconds))
        self._client = httpx.Client(base_url=f"{url}/api/v0", timeout=limit, trust_env=False)
        self._end = finalize(self, self._client.close)

    def put(self, found: Sequence[tuple[bytes, Block]], codec: str = RAW) -> None:
        """Raises StoreRefused when the node names a block otherwise than we do."""
        parts = [("data", ("block", block)) for _, block in found]
        how = [("cid-codec", codec), ("mhtype", "sha2-256")]
        answers = self._lines(self._post("block/put", how, files=parts))
        if [each.get("Key") for each in answers] != [cid(digest, codec) for digest, _ in found]:
            raise StoreRefused(store=self._store)

    def block(self, digest: bytes) -> Block:
        """As the node has it, not checked. Raises Absent."""
        return self.at(cid(digest))

    def at(self, address: str) -> Block:
        """As `block`, for a block of any kind."""
        return self._post("block/get", [("arg", address)])

    def blocks(self, digests: Sequence[bytes]) -> list[Block]:
        """Raises Absent when one is not there."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.block, digests))

    def is_pinned(self, digest: bytes) -> bool:
        try:
            self._post("pin/ls", [("arg", cid(digest)), ("type", "recursive")])
        except Absent:
            return False
        return True

    def pin(self, addresses: Sequence[str], name: str) -> None:
        """What is pinned, and what it names, is on the disk, and is never collected.

        Raises Absent when any of it is not there.
        """
        self._post("pin/add", [("name", name), *_arguments(addresses)])

    def pinned(self, name: str) -> Iterator[str]:
        """The address of each block that is pinned under a name, in no order."""
        how = [("type", "recursive"), ("names", "true"), ("name", name), ("stream", "true")]
        with self._asking(), self._client.stream("POST", "pin/ls", params=_all(how)) as answer:
            if not answer.is_success:
                self._refuse(answer.read())
            for line in answer.iter_lines():
                pin = json.loads(line)
                if pin.get("Name") == name:
                    yield str(pin["Cid"])

    def unpin(self, addresses: Sequence[str]) -> None:
        """What is not pinned may be unpinned again."""
        for address in addresses:
            with suppress(Absent):
                self._post("pin/rm", [("arg", address)])

    def remove(self, addresses: Sequence[str]) -> None:
        """Remove blocks in this order; what is gone may be removed again.

        Raises StoreRefused when one is pinned.
        """
        for at in range(0, len(addresses), NAMED):
            named = _arguments(addresses[at : at + NAMED])
            answers = self._lines(self._post("block/rm", [("force", "true"), *named]))
            if any(each.get("Error") for each in answers):
                raise StoreRefused(store=self._store)

    def _post(self, verb: str, params: Params, **rest: Any) -> bytes:
        with self._asking():
            answer = self._client.post(verb, params=_all(params), **rest)
        if not answer.is_success:
            self._refuse(answer.content)
        return answer.content

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError:
            raise StoreDown(store=self._store) from None
        except (ValueError, KeyError, TypeError):  # an answer that is none of Kubo
            raise StoreRefused(store=self._store) from None

    def _lines(self, content: bytes) -> list[dict[str, Any]]:
        with self._asking():
            return [dict(json.loads(line)) for line in content.splitlines()]

    def _refuse(self, content: bytes) -> None:
        """Kubo says what went wrong in words only. Always raises."""
        said = content[:4_096].decode(errors="replace").lower()
        if any(word in said for word in _ABSENT):
            raise Absent
        if any(word in said for word in _FULL):
            raise VaultFull(size=0)
        raise StoreRefused(store=self._store)


def _arguments(addresses: Iterable[str]) -> Params:
    return [("arg", address) for address in addresses]


def _all(params: Params) -> httpx.QueryParams:
    """`offline`: a block that this node lacks is missing, and is not asked for in the world."""
    return httpx.QueryParams([*params, ("offline", "true")])
