"""Composing and checking versions: what a source signs and what everybody can recompute. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from salus.kernel.documents import canonical_bytes
from salus.kernel.eip712 import digest, domain_separator, struct_hash
from salus.kernel.ids import Address, Digest, ObjectId, UnitId
from salus.kernel.merkle import root
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.rights.records.commitments import (
    objects_root,
    record_root,
    section_root,
    version_leaves,
)
from salus.rights.records.model import (
    MEDIA,
    Header,
    Manifest,
    ObjectLeaf,
    Place,
    SectionLeaf,
    Version,
)
from salus.rights.records.sealing import SealedObject

VERSION_TYPE = keccak256(b"Version(bytes32 root)")
MANIFEST_TYPE = keccak256(b"Manifest(bytes32 id)")

Roots = Mapping[Place, Mapping[str, Digest]]
"""The roots of a record's current resources, by unit and reference."""


def signing_domain(chain: int, registry: Address) -> bytes:
    """The EIP-712 domain of every document that an organization signs about keys and records."""
    return domain_separator("Salus Custody", chain, registry)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A sealed object and the unit key that will open it."""

    sealed: SealedObject
    unit: UnitId
    number: int
    epoch: int
    dealing: Digest


@dataclass(frozen=True, slots=True)
class SignedManifest:
    manifest: Manifest
    signature: bytes


@dataclass(frozen=True, slots=True)
class Composed:
    """A version ready to be held, announced and anchored."""

    version: Version
    root: Digest
    manifests: tuple[SignedManifest, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """Where a version will be registered."""

    chain: int
    registry: Address

    def domain(self) -> bytes:
        return signing_domain(self.chain, self.registry)


def compose(
    network: Network,
    header: Header,
    *,
    roots: Roots,
    earlier: Iterable[ObjectLeaf],
    keyed: Sequence[Keyed],
    by: SigningKey,
) -> Composed:
    """Build and sign the next version from all current roots and the objects it adds."""
    sections = sections_of(roots)
    version_root_ = version_root(header, sections)
    root_of = {leaf.place(): leaf.root for leaf in sections}
    manifests = tuple(
        sign_manifest(
            _manifest(network, each, root_of, version_root_, header.sealed_at), network, by
        )
        for each in keyed
    )
    added = (
        ObjectLeaf(each.sealed.place.section, each.sealed.place.kind, signed.manifest.id())
        for each, signed in zip(keyed, manifests, strict=True)
    )
    objects = tuple(sorted([*earlier, *added], key=_order))
    signature = by.sign(digest(network.domain(), struct_hash(VERSION_TYPE, version_root_)))
    version = Version(header, sections, objects, signature)
    return Composed(version, record_root_of(version), manifests)


def describe_snapshot(
    network: Network, keyed: Keyed, version: Version, *, at: datetime, by: SigningKey
) -> SignedManifest:
    """The signed manifest of a snapshot: it holds what it holds, whatever later versions say."""
    own = {keyed.sealed.place: keyed.sealed.plain_root}
    manifest = _manifest(network, keyed, own, version_root_of(version), at)
    return sign_manifest(manifest, network, by)


def _order(leaf: ObjectLeaf) -> tuple[int, int, bytes]:
    return leaf.section, leaf.kind, leaf.object_id


def _manifest(
    network: Network,
    keyed: Keyed,
    root_of: Mapping[Place, Digest],
    version: Digest,
    sealed_at: datetime,
) -> Manifest:
    sealed = keyed.sealed
    return Manifest(
        kind="frames",
        chain=network.chain,
        registry=network.registry,
        unit=keyed.unit,
        epoch=keyed.epoch,
        object=keyed.number,
        media=MEDIA,
        plain_size=sealed.plain_size,
        plain_root=sealed.plain_root,
        section_root=root_of.get(sealed.place, Digest(bytes(32))),
        version_root=version,
        body_size=len(sealed.body),
        segments=sealed.segments,
        segment_root=sealed.segment_root,
        dealing=keyed.dealing,
        sealed_at=sealed_at,
    )


def sign_manifest(manifest: Manifest, network: Network, by: SigningKey) -> SignedManifest:
    """A description of an object with the signature of its source."""
    signed = digest(network.domain(), struct_hash(MANIFEST_TYPE, manifest.id()))
    return SignedManifest(manifest, by.sign(signed))


def manifest_signer(domain: bytes, manifest: Manifest, signature: bytes) -> Address | None:
    return recover(digest(domain, struct_hash(MANIFEST_TYPE, manifest.id())), signature)


def version_signer(domain: bytes, version: Version) -> Address | None:
    signed = struct_hash(VERSION_TYPE, version_root_of(version))
    return recover(digest(domain, signed), version.signature)


def sections_of(roots: Roots) -> tuple[SectionLeaf, ...]:
    """One leaf for each unit that holds anything, in the order of section and kind."""
    return tuple(
        SectionLeaf(place.section, place.kind, section_root(sorted(roots[place].items())))
        for place in sorted(roots)
        if roots[place]
    )


def version_root(header: Header, sections: Sequence[SectionLeaf]) -> Digest:
    """What the source signs."""
    return Digest(root(leaves_of(header, sections)))


def leaves_of(header: Header, sections: Sequence[SectionLeaf]) -> list[bytes]:
    plain = [(leaf.section, leaf.kind, leaf.root) for leaf in sections]
    return version_leaves(canonical_bytes(header), plain)


def version_root_of(version: Version) -> Digest:
    return version_root(version.header, version.sections)


def record_root_of(version: Version) -> Digest:
    """What RecordRegistry holds as the root of this version."""
    ids: list[ObjectId] = [leaf.object_id for leaf in version.objects]
    return record_root(version_root_of(version), objects_root(ids))
