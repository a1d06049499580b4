"""From original bytes to an encrypted, committed object: the work of one core. Pure."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from salus.kernel.crypt4gh import SEGMENT, padded_size, seal_body, segment_root
from salus.kernel.ids import Digest
from salus.rights.records.commitments import resource_root, section_root
from salus.rights.records.model import Place, frames


@dataclass(frozen=True, slots=True)
class Incoming:
    """A valid resource on its way into a record; `exact` keeps the text of its numbers."""

    reference: str
    place: Place
    raw: bytes
    exact: Any

    def digest(self) -> Digest:
        return Digest(sha256(self.raw).digest())


@dataclass(frozen=True, slots=True)
class SealedResource:
    reference: str
    digest: Digest
    root: Digest


@dataclass(frozen=True, slots=True)
class SealedObject:
    """One encrypted object before its unit's key wraps it. The repr shows no key."""

    place: Place
    body: bytes
    segment_root: Digest
    segments: int
    plain_size: int
    plain_root: Digest
    resources: tuple[SealedResource, ...]
    removed: tuple[str, ...]
    dek: bytes = field(repr=False)
    seed: bytes = field(repr=False)


def seal_object(place: Place, incoming: Iterable[Incoming], removed: Iterable[str]) -> SealedObject:
    """Commit to each resource, join them to frames, pad and encrypt under a fresh key."""
    dek, seed = secrets.token_bytes(32), secrets.token_bytes(32)
    ordered = sorted(incoming, key=lambda resource: resource.reference)
    sealed = tuple(
        SealedResource(
            each.reference,
            each.digest(),
            resource_root(each.exact, each.raw, seed, each.reference),
        )
        for each in ordered
    )
    plain = frames(removed, {each.reference: each.raw for each in ordered})
    body = seal_body(plain.ljust(padded_size(len(plain)), b"\0"), dek)
    return SealedObject(
        place=place,
        body=body,
        segment_root=Digest(segment_root(body)),
        segments=-(-len(body) // SEGMENT),
        plain_size=len(plain),
        plain_root=plain_root({each.reference: each.root for each in sealed}),
        resources=sealed,
        removed=tuple(removed),
        dek=dek,
        seed=seed,
    )


def plain_root(roots: Mapping[str, Digest]) -> Digest:
    """The section-level tree over an object's own resources; zero when it only removes."""
    return section_root(sorted(roots.items())) if roots else Digest(bytes(32))
