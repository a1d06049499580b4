"""Writes the offline bundle that `notary.verifier` checks (`application/vnd.salus.proof+json`).

The verifier stands alone and shares no code with this module. What nodes sign as a checkpoint is
here as well.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from salus.kernel.canonical import canonical
from salus.kernel.clock import seconds, stamp
from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import compact, inclusion, leaf_hash, node_hash, root, root_of_inclusion
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.rights.notary.model import Disclosure, Path, record_leaf

MEDIA = "application/vnd.salus.proof+json"
CHECKPOINT_TYPE = keccak256(b"Checkpoint(uint64 size,bytes32 root,uint64 time)")
_HINT, _DIGEST = 4, 16  # bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the anchor log at a moment, as nodes signed it."""

    size: int
    root: Digest
    time: datetime
    signatures: tuple[bytes, ...] = ()

    def digest(self, chain: int, anchors: Address) -> bytes:
        """EIP-712 `Checkpoint` in the domain {`Salus Anchors`, `1`, chain, Anchors}."""
        words = word(self.size), self.root, word(seconds(self.time))
        domain = domain_separator("Salus Anchors", chain, anchors)
        return digest(domain, struct_hash(CHECKPOINT_TYPE, *words))

    def signed(self, chain: int, anchors: Address, by: Sequence[SigningKey]) -> "Checkpoint":
        """The same head with one signature of each key, in the order of the addresses."""
        signed, ordered = self.digest(chain, anchors), sorted(by, key=lambda key: key.address)
        return Checkpoint(
            self.size, self.root, self.time, tuple(key.sign(signed) for key in ordered)
        )

    def signers(self, chain: int, anchors: Address) -> tuple[Address | None, ...]:
        signed = self.digest(chain, anchors)
        return tuple(recover(signed, signature) for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the ledger holds the root of the batch."""

    chain: int
    contract: Address
    batch: int
    block: int
    tx: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """Who signed the version, and when the key may sign, from Organizations."""

    name: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class InSection:
    """A resource in a unit of a section: its root, and the way to the root of the section."""

    section: int
    kind: int
    resource_root: Digest
    section_root: Digest
    path: Path


@dataclass(frozen=True, slots=True)
class InVersion:
    """A section in a signed version: `leaves` are the leaf hashes, the first is the header's."""

    header: bytes  # canonical
    leaves: tuple[bytes, ...]
    index: int
    signature: bytes
    objects_root: Digest

    def root(self) -> bytes:
        return root(self.leaves)

    def record_root(self) -> bytes:
        return node_hash(self.root(), self.objects_root)


@dataclass(frozen=True, slots=True)
class Network:
    """Whose signatures count where the proof was made, and the contract that the source names."""

    custody: Address
    nodes: tuple[Address, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class Since:
    """That the log extends the one of an earlier size: a consistency proof of RFC 6962."""

    size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All that stands between disclosed values of one resource and a checkpoint."""

    disclosed: tuple[Disclosure, ...]
    section: InSection
    version: InVersion
    source: Source
    batch: Path
    log: Path
    anchor: Anchor
    checkpoint: Checkpoint
    network: Network
    since: Since | None = None


def bundle(proof: Proof) -> bytes:
    """The canonical JSON of a proof, about 2 KB for one value.

    Hashes and signatures are base64url without padding. What the verifier computes itself is left
    out: `roots` are the first four bytes of each root and only name the level that a change broke.
    `digest` covers what no signature and no tree does. Raises ValueError when the batch path does
    not fit.
    """
    body = {
        "anchor": _anchor(proof.anchor),
        "batch": _branch(proof.batch),
        "checkpoint": _checkpoint(proof.checkpoint),
        "disclosed": [_disclosed(each) for each in proof.disclosed],
        "field": _field(proof.disclosed),
        "header": orjson.loads(proof.version.header),
        "log": _log(proof),
        "network": _network(proof.network),
        "objects_root": base64(proof.version.objects_root),
        "roots": base64(b"".join(each[:_HINT] for each in _roots(proof))),
        "section": _branch(proof.section.path)
        | {"kind": proof.section.kind, "section": proof.section.section},
        "source": _source(proof.source),
        "source_signature": base64(proof.version.signature),
        "v": 2,
        "version": _version(proof.version),
    }
    return canonical(body | {"digest": base64(_digest(body))})


def base64(content: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _digest(body: dict[str, Any]) -> bytes:
    return H(TAG("salus/proof/2"), canonical(body))[:_DIGEST]


def _roots(proof: Proof) -> tuple[bytes, ...]:
    record = proof.version.record_root()
    way = proof.batch
    batch = root_of_inclusion(leaf_hash(record_leaf(record)), way.index, way.size, way.hashes)
    if batch is None:
        raise ValueError("the path does not fit the batch")
    section = proof.section
    below = section.resource_root, section.section_root, proof.version.root(), record
    return *below, batch, proof.checkpoint.root


def _hashes(path: Sequence[bytes]) -> str:
    return base64(b"".join(path))


def _branch(path: Path) -> dict[str, Any]:
    return {"index": path.index, "path": _hashes(path.hashes), "size": path.size}


def _disclosed(value: Disclosure) -> dict[str, Any]:
    return {
        "index": value.index,
        "path": value.path,
        "salt": base64(value.salt),
        "value": value.text,
    }


def _field(disclosed: Sequence[Disclosure]) -> dict[str, Any]:
    size = disclosed[0].size
    path = compact(size, {value.index: value.proof for value in disclosed})
    return {"path": _hashes(path), "size": size}


def _version(version: InVersion) -> dict[str, Any]:
    paths = {index: inclusion(version.leaves, index) for index in (0, version.index)}
    size = len(version.leaves)
    return {"index": version.index, "path": _hashes(compact(size, paths)), "size": size}


def _anchor(anchor: Anchor) -> dict[str, Any]:
    return {
        "batch": anchor.batch,
        "block": anchor.block,
        "chain": anchor.chain,
        "contract": to_hex(anchor.contract),
        "tx": base64(anchor.tx),
    }


def _log(proof: Proof) -> dict[str, Any]:
    path = {"path": _hashes(proof.log.hashes)}
    since = proof.since
    if since is None:
        return path
    return path | {"since": {"path": _hashes(since.hashes), "size": since.size}}


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "signatures": [base64(signature) for signature in checkpoint.signatures],
        "size": checkpoint.size,
        "time": stamp(checkpoint.time),
    }


def _network(network: Network) -> dict[str, Any]:
    return {
        "custody": to_hex(network.custody),
        "nodes": [to_hex(node) for node in network.nodes],
        "quorum": network.quorum,
    }


def _source(source: Source) -> dict[str, Any]:
    until = source.valid_until
    return {
        "name": source.name,
        "valid_from": stamp(source.valid_from),
        "valid_until": None if until is None else stamp(until),
    }
