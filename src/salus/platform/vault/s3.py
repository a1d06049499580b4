"""A vault in a bucket of a store that speaks S3."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from salus.kernel.errors import SalusError
from salus.platform.operations import observed
from salus.platform.vault.errors import BlobMissing, StoreDown, StoreRefused, VaultFull
from salus.platform.vault.port import DigestOf, check
from salus.platform.vault.ranges import as_file

AT_ONCE = 8  # requests in flight for one verb
PART = 8 * 2**20  # bytes of one part of a large body; S3 wants at least 5 MiB
LARGE = 32 * 2**20  # bytes from which a body travels in parts
RETRIES = 3  # of a request that failed on the way, with a growing pause between them
_STATUS = re.compile(r"status code: (\d{3})")
_FULL = re.compile(
    r"status code: 507|QuotaExceeded|StorageFull|InsufficientStorage|no space left", re.IGNORECASE
)
_UNKNOWN = re.compile(r"NoSuchKey|\bHEAD\b")  # an answer to HEAD has no text that says more


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where bodies lie, and who asks for them. An empty endpoint is Amazon's own."""

    store: str
    """What operators call it."""
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    endpoint: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    timeout_seconds: int = 30


class S3Vault:
    """`prefix/abcd...`, one object for each body; what has its name is whole.

    A body of up to LARGE bytes is put under the condition that its name is free. A larger one
    travels in parts and appears when all are there; what a killed process sent of it stays hidden
    until a rule of the bucket removes it. Errors say nothing of what the store answered.
    """

    def __init__(self, bucket: Bucket, *, digest_of: DigestOf | None = None) -> None:
        self._name, self._digest_of = bucket.store, digest_of
        self._store = _opened(bucket)

    @observed("vault.s3.put")
    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        check(bodies, self._digest_of)
        new = [name for name in bodies if not self.has(name)]
        kept: list[bytes] = []
        try:
            self._for_each(new, lambda name: self._put(name, bodies[name], kept))
        except BaseException:
            with suppress(SalusError):
                self.delete_all(kept)
            raise

    def _put(self, name: bytes, body: bytes, kept: list[bytes]) -> None:
        """A request without an answer may have been obeyed: its name counts as kept."""
        with suppress(AlreadyExistsError), self._asking(name, size=len(body)):
            try:
                self._send(name.hex(), body)
            except AlreadyExistsError:
                raise
            except BaseException:
                kept.append(name)
                raise
            kept.append(name)

    def _send(self, path: str, body: bytes) -> None:
        if len(body) < LARGE:
            obstore.put(self._store, path, body, mode="create", use_multipart=False)
        else:
            obstore.put(self._store, path, body, chunk_size=PART, max_concurrency=AT_ONCE)

    @observed("vault.s3.get")
    def get(self, name: bytes) -> bytes:
        with self._asking(name):
            return obstore.get(self._store, name.hex()).bytes().to_bytes()

    def open(self, name: bytes) -> BinaryIO:
        return as_file(self.size(name), lambda start, end: self._range(name, start, end))

    def _range(self, name: bytes, start: int, end: int) -> bytes:
        with self._asking(name):
            return obstore.get_range(self._store, name.hex(), start=start, end=end).to_bytes()

    def has(self, name: bytes) -> bool:
        try:
            self.size(name)
        except BlobMissing:
            return False
        return True

    def size(self, name: bytes) -> int:
        with self._asking(name):
            return obstore.head(self._store, name.hex())["size"]

    def delete(self, name: bytes) -> None:
        self.delete_all([name])

    def delete_all(self, names: Iterable[bytes]) -> None:
        paths = [name.hex() for name in names]
        if paths:
            with self._asking(b""):
                obstore.delete(self._store, paths)

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        pages = iter(obstore.list(self._store, offset=after.hex() or None, chunk_size=1_000))
        while True:
            with self._asking(b""):
                page = next(pages, None)
            if page is None:
                return
            for path in sorted(each["path"] for each in page):
                with suppress(ValueError):  # what somebody else laid into the bucket
                    yield bytes.fromhex(path)

    def _for_each(self, names: Iterable[bytes], act: Callable[[bytes], None]) -> None:
        """Several at once; the first error ends what has not begun."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [pool.submit(act, name) for name in names]
            try:
                for future in waiting:
                    future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextmanager
    def _asking(self, name: bytes, *, size: int | None = None) -> Iterator[None]:
        """What the library raises becomes ours; its text names keys and addresses, so it ends."""
        try:
            yield
        except AlreadyExistsError:
            raise
        except FileNotFoundError as error:
            if size is None and _UNKNOWN.search(str(error)):
                raise BlobMissing(name=name) from None
            raise StoreRefused(store=self._name) from None
        except (PermissionDeniedError, UnauthenticatedError):
            raise StoreRefused(store=self._name) from None
        except (BaseError, OSError) as error:
            raise _failure(self._name, str(error), size or 0) from None


def _failure(store: str, said: str, size: int) -> SalusError:
    if _FULL.search(said):
        return VaultFull(size=size)
    status = _STATUS.search(said)
    is_refused = status is not None and status[1].startswith("4")
    return StoreRefused(store=store) if is_refused else StoreDown(store=store)


def _opened(bucket: Bucket) -> S3Store:
    limit = timedelta(seconds=bucket.timeout_seconds)
    return S3Store(
        bucket.bucket,
        config={"endpoint": bucket.endpoint} if bucket.endpoint else {},
        prefix=bucket.prefix or None,
        region=bucket.region,
        access_key_id=bucket.access_key,
        secret_access_key=bucket.secret_key,
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "timeout": limit,
            "connect_timeout": min(limit, timedelta(seconds=5)),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": limit},
    )
