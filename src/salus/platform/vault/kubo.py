"""Kubo by its RPC API, version 0: blocks and pins of this one node, never of its network."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from weakref import finalize

import httpx

from salus.platform.vault.blocks import Block, cid, digest_of_cid
from salus.platform.vault.errors import StoreDown, StoreRefused, VaultFull

AT_ONCE = 4  # requests in flight for one verb
IN_ONE = 64  # blocks or addresses in one request
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

    def put(self, found: Sequence[tuple[bytes, Block]]) -> None:
        """Raises StoreRefused when the node names a block otherwise than we do."""
        parts = [("data", ("block", block)) for _, block in found]
        how = [("cid-codec", "raw"), ("mhtype", "sha2-256")]
        answers = self._lines(self._post("block/put", how, files=parts))
        if [each["Key"] for each in answers] != [cid(digest) for digest, _ in found]:
            raise StoreRefused(store=self._store)

    def block(self, digest: bytes) -> Block:
        """As the node has it, not checked. Raises Absent."""
        return self._post("block/get", [("arg", cid(digest))])

    def blocks(self, digests: Sequence[bytes]) -> list[Block]:
        """Raises Absent when one is not there."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.block, digests))

    def has(self, digest: bytes) -> bool:
        try:
            self._post("block/stat", [("arg", cid(digest))])
        except Absent:
            return False
        return True

    def pin(self, digests: Sequence[bytes], name: str) -> None:
        """What is pinned is never collected. Raises Absent when one is not there."""
        self._post("pin/add", [("name", name), *_addresses(digests)])

    def pinned(self, name: str) -> Iterator[bytes]:
        """Every block that is pinned under a name, in no order."""
        how = [("type", "recursive"), ("names", "true"), ("name", name), ("stream", "true")]
        with self._asking(), self._client.stream("POST", "pin/ls", params=_all(how)) as answer:
            if not answer.is_success:
                self._refuse(answer.read())
            for line in answer.iter_lines():
                pin = json.loads(line)
                digest = digest_of_cid(pin["Cid"])
                if digest is not None and pin.get("Name") == name:
                    yield digest

    def remove(self, digest: bytes) -> None:
        """Unpin a block and remove it; what is gone may be removed again."""
        for verb, how in (("pin/rm", []), ("block/rm", [("force", "true")])):
            try:
                self._post(verb, [("arg", cid(digest)), *how])
            except Absent:
                continue

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


def _addresses(digests: Iterable[bytes]) -> Params:
    return [("arg", cid(digest)) for digest in digests]


def _all(params: Params) -> httpx.QueryParams:
    """`offline`: a block that this node lacks is missing, and is not asked for in the world."""
    return httpx.QueryParams([*params, ("offline", "true")])
