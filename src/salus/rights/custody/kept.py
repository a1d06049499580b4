"""What a keeper has in its store, read once and kept in memory until something goes."""

from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.ids import RecordId
from salus.kernel.wrap import open_at_rest
from salus.rights.consent.gathering import Opening
from salus.rights.custody.model import Dealing
from salus.rights.custody.tables import (
    HeldSecret,
    OpenedDenial,
    StoredObject,
    StoredVersion,
    key_at_rest,
    wrap_at_rest,
)
from salus.rights.records.model import Manifest, Version

MOST_HELD = 100_000
MOST_VERSIONS = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """A part of one unit's key: index 1..n of a share, 0 of the gateway's half.

    origins: the dealing that objects name, where this one came of it by resharing
    """

    dealing: Dealing
    signature: bytes
    index: int
    sealed: bytes
    origins: tuple[Dealing, ...] = ()

    @classmethod
    def of(cls, row: HeldSecret) -> Self:
        origins = (parse(Dealing, row.origin),) if row.origin else ()
        return cls(parse(Dealing, row.dealing), row.signature, row.index, row.sealed, origins)

    @property
    def record(self) -> RecordId:
        return self.dealing.record

    def open(self, storage_key: bytes) -> bytes:
        """The message that the source sealed to this holder."""
        dealing = self.dealing
        place = key_at_rest(HeldSecret, dealing.unit, dealing.epoch, dealing.generation)
        return open_at_rest(storage_key, place, self.sealed)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An object as the gateway keeps it, its wrap still sealed at rest."""

    manifest: Manifest
    signature: bytes
    wrap: bytes

    def open(self, storage_key: bytes, object_id: bytes) -> bytes:
        return open_at_rest(storage_key, wrap_at_rest(object_id), self.wrap)


@dataclass(slots=True)
class Kept:
    """Rows that are written once, by their keys."""

    _held: dict[tuple[bytes, int], tuple[Held, ...]] = field(default_factory=dict)
    _versions: dict[bytes, Version] = field(default_factory=dict)
    _objects: dict[bytes, Sealed] = field(default_factory=dict)
    _denials: dict[bytes, Opening] = field(default_factory=dict)

    def held(self, session: Session, unit: bytes, epoch: int) -> tuple[Held, ...]:
        """What is held of a key, one part for each generation, the newest last."""
        if (unit, epoch) not in self._held:
            mine = select(HeldSecret).where(HeldSecret.unit == unit, HeldSecret.epoch == epoch)
            rows = session.scalars(mine.order_by(HeldSecret.generation)).all()
            if not rows:
                return ()
            _make_room(self._held, MOST_HELD)
            self._held[unit, epoch] = tuple(map(Held.of, rows))
        return self._held[unit, epoch]

    def version(self, session: Session, root: bytes) -> Version | None:
        """The version with a record root; what a root stands for never changes."""
        if root not in self._versions:
            row = session.get(StoredVersion, root)
            if row is None:
                return None
            _make_room(self._versions, MOST_VERSIONS)
            self._versions[root] = parse(Version, row.version)
        return self._versions[root]

    def object(self, session: Session, object_id: bytes) -> Sealed | None:
        if object_id not in self._objects:
            row = session.get(StoredObject, object_id)
            if row is None:
                return None
            _make_room(self._objects, MOST_HELD)
            manifest = parse(Manifest, row.manifest)
            self._objects[object_id] = Sealed(manifest, row.signature, row.wrap)
        return self._objects[object_id]

    def denial(self, session: Session, grant: bytes) -> Opening | None:
        """The terms of a denial, where its patient opened them."""
        if grant not in self._denials:
            row = session.get(OpenedDenial, grant)
            if row is None:
                return None
            _make_room(self._denials, MOST_HELD)
            self._denials[grant] = parse(Opening, row.opening)
        return self._denials[grant]

    def forget(self) -> None:
        """Drop what is kept in memory: after a deletion the store alone says what there is."""
        for kept in (self._held, self._versions, self._objects, self._denials):
            kept.clear()


def _make_room(kept: dict[Any, Any], most: int) -> None:
    if len(kept) >= most:
        kept.clear()
