"""Units, objects, frames and manifests of a sealed record. Pure."""

import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import orjson

from salus.kernel.canonical import canonical
from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H, u8, u32, u128
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId

FHIR_VERSION = "4.0.1"
MEDIA = "application/fhir+ndjson"
_LENGTH = struct.Struct(">I")


class UnitKind(IntEnum):
    SECTION = 0
    SNAPSHOT = 1
    PRIVATE_NOTE = 2
    RESTRICTED = 3


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which unit of a record a resource lies in."""

    section: int
    kind: int


def unit_id(salt: bytes, record: RecordId, place: Place, ordinal: int = 0) -> UnitId:
    """H(T"salus/unit/1", salt 16, record 16, section u8, kind u8, ordinal u32)."""
    where = u128(record) + u8(place.section) + u8(place.kind) + u32(ordinal)
    return UnitId(H(TAG("salus/unit/1"), salt, where))


def new_unit_salt() -> bytes:
    return secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one sealed object is; the source signs its id."""

    kind: str
    chain: int
    registry: Address
    unit: UnitId
    epoch: int
    object: int
    media: str
    plain_size: int
    plain_root: Digest
    section_root: Digest
    version_root: Digest
    body_size: int
    segments: int
    segment_root: Digest
    dealing: Digest
    sealed_at: datetime

    def id(self) -> ObjectId:
        return ObjectId(H(TAG("salus/manifest/1"), canonical_bytes(self)))


@dataclass(frozen=True, slots=True)
class Header:
    """The first leaf of a version: what binds it to record, source and time."""

    salt: Digest
    record: RecordId
    version: int
    source: Address
    fhir: str
    sealed_at: datetime
    previous: Digest
    subject_commitment: Digest


@dataclass(frozen=True, slots=True)
class SectionLeaf:
    """One unit of a version and the root over its current resources."""

    section: int
    kind: int
    root: Digest

    def place(self) -> Place:
        return Place(self.section, self.kind)


@dataclass(frozen=True, slots=True)
class ObjectLeaf:
    section: int
    kind: int
    object_id: ObjectId


@dataclass(frozen=True, slots=True)
class Version:
    """All that a verifier needs to get from sections and objects to the record root."""

    header: Header
    sections: tuple[SectionLeaf, ...]
    objects: tuple[ObjectLeaf, ...]
    signature: bytes

    def root_of(self, place: Place) -> Digest | None:
        return next((leaf.root for leaf in self.sections if leaf.place() == place), None)

    def objects_of(self, place: Place) -> tuple[ObjectId, ...]:
        return tuple(
            leaf.object_id
            for leaf in self.objects
            if (leaf.section, leaf.kind) == (place.section, place.kind)
        )


def frames(removed: Iterable[str], resources: Mapping[str, bytes]) -> bytes:
    """u32 length and bytes for each frame; `resources` maps `Type/id` to original bytes.

    Frame 0 names what a version removes and adds, then each resource follows as it came. It names
    the references because a resource of a transaction may have no id of its own.
    """
    ordered = sorted(resources)
    first = canonical({"references": ordered, "removed": sorted(removed), "v": 1})
    body = (first, *(resources[reference] for reference in ordered))
    return b"".join(part for frame in body for part in (_LENGTH.pack(len(frame)), frame))


def read_frames(plain: bytes) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """What an opened object removed, and what it adds. Raises ValueError on a torn one."""
    first, *resources = _split_frames(plain)
    head = orjson.loads(first)
    if head["v"] != 1:
        raise ValueError("frames of another version")
    return tuple(head["removed"]), dict(zip(head["references"], resources, strict=True))


def _split_frames(plain: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(plain):
        (size,) = _LENGTH.unpack_from(plain, at) if at + 4 <= len(plain) else (len(plain),)
        if at + 4 + size > len(plain):
            raise ValueError("a frame is torn")
        yield plain[at + 4 : at + 4 + size]
        at += 4 + size


def merge(current: dict[str, bytes], removed: Iterable[str], added: Mapping[str, bytes]) -> None:
    """Apply one object to the current resources of a unit; later frames win."""
    for reference in removed:
        current.pop(reference, None)
    current.update(added)
