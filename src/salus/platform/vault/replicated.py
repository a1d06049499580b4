"""One vault in several stores: each body in as many of them as must keep it, or in none."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from heapq import merge
from io import BytesIO
from itertools import groupby
from typing import BinaryIO, TypeVar

from salus.kernel.errors import SalusError
from salus.platform.operations import observed
from salus.platform.vault.deletions import Deletions
from salus.platform.vault.errors import (
    BlobDamaged,
    BlobMissing,
    TooFewStores,
    VaultFull,
)
from salus.platform.vault.port import DigestOf, Vault, check, is_named
from salus.platform.vault.stores import Store

T = TypeVar("T")


class ReplicatedVault:
    """Kept by at least `copies` of its stores; asked in their order.

    A body is there while a store that answers has it, and missing when so many answer that one of
    them would have it. What is read has the hash of its name. What is deleted is missing at once,
    also where a store is away that has yet to delete it.
    """

    def __init__(
        self, stores: Sequence[Store], *, copies: int, deletions: Deletions, digest_of: DigestOf
    ) -> None:
        self.stores, self.copies = tuple(stores), copies
        self.deletions, self.digest_of = deletions, digest_of

    @observed("vault.replicated.put")
    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        """Raises TooFewStores, or VaultFull where that is why."""
        check(bodies, self.digest_of)
        if not bodies:
            return
        self._revive(bodies)
        taken, errors = self._each(lambda vault: _put_new(vault, bodies))
        foreign = [each for each in errors if not isinstance(each, SalusError)]
        if len(taken) >= self.copies and not foreign:
            return
        for store, new in taken:
            with suppress(SalusError):
                store.ask(_deleting(new))
        if foreign:
            raise foreign[0]
        if any(isinstance(each, VaultFull) for each in errors):
            raise VaultFull(size=sum(map(len, bodies.values())))
        raise TooFewStores(stored=len(taken), needed=self.copies)

    def _revive(self, names: Iterable[bytes]) -> None:
        """What is put again after it was deleted is not to be deleted any more."""
        if doomed := [name for name in names if name in self.deletions]:
            with self.deletions.turn():
                self.deletions.forget(doomed)

    @observed("vault.replicated.get")
    def get(self, name: bytes) -> bytes:
        """Raises BlobDamaged when it is there, but nowhere whole."""

        def whole(vault: Vault) -> bytes:
            body = vault.get(name)
            if not is_named(name, body, self.digest_of):
                raise BlobDamaged(name=name)
            return body

        return self._first(name, whole)

    def open(self, name: bytes) -> BinaryIO:
        """All of it is read and checked before any of it is given out."""
        return BytesIO(self.get(name))

    def has(self, name: bytes) -> bool:
        try:
            self.size(name)
        except BlobMissing:
            return False
        return True

    def size(self, name: bytes) -> int:
        return self._first(name, lambda vault: vault.size(name))

    def delete(self, name: bytes) -> None:
        self.delete_all([name])

    def delete_all(self, names: Iterable[bytes]) -> None:
        """Raises StoreDown when a store is away; it deletes them with the next scrub or repair."""
        doomed = list(names)
        with self.deletions.turn():
            self.deletions.note(doomed)
            self._delete(doomed)

    def finish_deletions(self) -> int:
        """Delete what a store missed that was away, and say how much. Raises StoreDown again."""
        with self.deletions.turn():
            doomed = list(self.deletions)
            self._delete(doomed)
        return len(doomed)

    def _delete(self, names: Collection[bytes]) -> None:
        if names:
            _, errors = self._each(_deleting(names))
            if errors:
                raise errors[0]
            self.deletions.forget(names)

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        """Raises StoreDown at the end when so many stores are away that one may have others."""
        away: list[SalusError] = []
        yield from self.listed(away, after=after)
        if len(away) >= self.copies:
            raise away[0]

    def listed(self, away: list[SalusError], *, after: bytes = b"") -> Iterator[bytes]:
        """What the stores that answer have; why others do not is added to `away`."""
        listed = (_listed(store, after, away) for store in self.stores)
        for name, _ in groupby(merge(*listed)):
            if name not in self.deletions:
                yield name

    def _first(self, name: bytes, question: Callable[[Vault], T]) -> T:
        away: list[SalusError] = []
        damaged: BlobDamaged | None = None
        for store in () if name in self.deletions else self.stores:
            try:
                return store.ask(question)
            except BlobMissing:
                continue
            except BlobDamaged as error:
                damaged = error
            except SalusError as error:
                away.append(error)
        if damaged or len(away) >= self.copies:
            raise damaged or away[0]
        raise BlobMissing(name=name)

    def _each(
        self, question: Callable[[Vault], T]
    ) -> tuple[list[tuple[Store, T]], list[BaseException]]:
        """Ask all stores at once; answers and errors, each in the order of the stores."""
        answers, errors = [], []
        with ThreadPoolExecutor(len(self.stores)) as pool:
            waiting = [pool.submit(store.ask, question) for store in self.stores]
        for store, future in zip(self.stores, waiting, strict=True):
            error = future.exception()
            if error is None:
                answers.append((store, future.result()))
            else:
                errors.append(error)
        return answers, errors


def _put_new(vault: Vault, bodies: Mapping[bytes, bytes]) -> list[bytes]:
    """The names that were not there before."""
    new = [name for name in bodies if not vault.has(name)]
    vault.put({name: bodies[name] for name in new})
    return new


def _deleting(names: Collection[bytes]) -> Callable[[Vault], None]:
    return lambda vault: vault.delete_all(names)


def _listed(store: Store, after: bytes, away: list[SalusError]) -> Iterator[bytes]:
    """The names in one store, as far as it answers."""
    try:
        yield from store.ask(lambda vault: vault.names(after=after))
    except SalusError as error:
        away.append(error)
