"""What a keeper has in its store, read once and kept in memory until something goes."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.kernel.merkle import Frontier
from salus.kernel.secp256k1 import recover
from salus.kernel.wrap import open_at_rest
from salus.platform.database import PrivateTable
from salus.rights.consent.gathering import Opening
from salus.rights.custody import messages as m
from salus.rights.custody.errors import StoreDamaged
from salus.rights.custody.model import Dealing, id_of
from salus.rights.custody.tables import (
    HeldSecret,
    LogLeaf,
    OpenedDenial,
    StoredObject,
    StoredVersion,
    key_at_rest,
    wrap_at_rest,
)
from salus.rights.records.model import Manifest, Version
from salus.rights.records.versions import signing_domain

T = TypeVar("T")
_dealer = lru_cache(maxsize=1_024)(recover)
"""Who signed a dealing. Keepers that live in one process have the same dealings."""
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
        """Raises StoreDamaged for a dealing that its source did not sign: by it is decided."""
        _refuse_untyped(HeldSecret, row.dealing, row.signature, row.sealed, row.origin)
        dealing = _stored(Dealing, row.dealing, HeldSecret)
        domain = signing_domain(dealing.chain, dealing.registry)
        if _dealer(m.dealing_digest(domain, id_of(row.dealing)), row.signature) != dealing.dealer:
            raise StoreDamaged(table=HeldSecret.__tablename__)
        origins = (_stored(Dealing, row.origin, HeldSecret),) if row.origin else ()
        return cls(dealing, row.signature, row.index, row.sealed, origins)

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
            self._versions[root] = _stored(Version, row.version, StoredVersion)
        return self._versions[root]

    def object(self, session: Session, object_id: bytes) -> Sealed | None:
        if object_id not in self._objects:
            row = session.get(StoredObject, object_id)
            if row is None:
                return None
            _make_room(self._objects, MOST_HELD)
            _refuse_untyped(StoredObject, row.signature, row.wrap)
            manifest = _stored(Manifest, row.manifest, StoredObject)
            self._objects[object_id] = Sealed(manifest, row.signature, row.wrap)
        return self._objects[object_id]

    def denial(self, session: Session, grant: bytes) -> Opening | None:
        """The terms of a denial, where its patient opened them."""
        if grant not in self._denials:
            row = session.get(OpenedDenial, grant)
            if row is None:
                return None
            _make_room(self._denials, MOST_HELD)
            self._denials[grant] = _stored(Opening, row.opening, OpenedDenial)
        return self._denials[grant]

    def forget(self) -> None:
        """Drop what is kept in memory: after a deletion the store alone says what there is."""
        for kept in (self._held, self._versions, self._objects, self._denials):
            kept.clear()


def read_log(session: Session) -> Frontier:
    """The log as it was signed. Raises StoreDamaged where its leaves give another root.

    An erasure takes receipts and leaves the leaves: the last receipt that is there is asked.
    """
    rows = select(LogLeaf.position, LogLeaf.receipt).where(LogLeaf.receipt != b"")
    last = session.execute(rows.order_by(LogLeaf.position.desc()).limit(1)).first()
    log = Frontier()
    for leaf in session.scalars(select(LogLeaf.leaf).order_by(LogLeaf.position)):
        _refuse_untyped(LogLeaf, leaf)
        log.append(leaf)
        if last is not None and log.size == last.position:
            signed = _stored(m.Receipt, last.receipt, LogLeaf)
            if (signed.log_size, signed.log_root) != (log.size, log.root()):
                raise StoreDamaged(table=LogLeaf.__tablename__)
    return log


def _stored(kind: type[T], raw: bytes, table: type[PrivateTable]) -> T:
    """A document that this keeper wrote. Raises StoreDamaged: whoever asks sent nothing wrong."""
    _refuse_untyped(table, raw)
    try:
        return parse(kind, raw)
    except SalusError:
        raise StoreDamaged(table=table.__tablename__) from None


def _refuse_untyped(table: type[PrivateTable], *values: object) -> None:
    """Raises StoreDamaged: SQLite gives back whatever a changed page says, of any type."""
    if not all(isinstance(each, bytes) for each in values):
        raise StoreDamaged(table=table.__tablename__)


def _make_room(kept: dict[Any, Any], most: int) -> None:
    if len(kept) >= most:
        kept.clear()
