"""Proofs made for tests, from small trees to a checkpoint."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from salus.kernel.canonical import canonical, parse
from salus.kernel.eip712 import digest, struct_hash
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import leaf_hash, root
from salus.kernel.secp256k1 import SigningKey
from salus.rights.notary import verifier
from salus.rights.notary.model import log_leaf, path_in, record_leaf
from salus.rights.notary.proof import (
    Anchor,
    Checkpoint,
    InSection,
    InVersion,
    Network,
    Proof,
    Source,
    base64,
    bundle,
)
from salus.rights.records.commitments import (
    disclose,
    objects_root,
    resource_root,
    section_leaves,
    version_leaves,
)
from salus.rights.records.versions import VERSION_TYPE, signing_domain

CHAIN = 31337
ANCHORS, CUSTODY = Address(b"\x0a" * 20), Address(b"\x0c" * 20)
HOSPITAL, NODE, OTHER_NODE = (SigningKey.from_bytes(bytes([n]) * 32) for n in (1, 2, 3))
SEED = b"s" * 32
SEALED_AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
OBSERVATION = (
    b'{"resourceType":"Observation","id":"bp-1","status":"final","valueQuantity":'
    b'{"value":84.50,"unit":"mm[Hg]"},"note":[{"text":"r\xc3\xa9gulier \\ud83d\\ude00"}]}'
)


@dataclass(frozen=True, slots=True)
class Made:
    proof: Proof
    version_root: bytes

    def raw(self) -> bytes:
        return bundle(self.proof)


def make(path: str | None = "/valueQuantity", **header: Any) -> Made:
    """One observation among seven, in the third of five sections, in the second of four batches."""
    parsed = parse(OBSERVATION)
    resource = resource_root(parsed, OBSERVATION, SEED, "Observation/bp-1")
    roots = [
        (f"Observation/{n}", resource if n == 4 else sha256(bytes([n])).digest()) for n in range(7)
    ]
    in_section = section_leaves(roots)
    section_root = root(in_section)
    head = canonical(header_members() | header)
    sections = [
        (n, 0, section_root if n == 3 else sha256(bytes([n])).digest()) for n in range(1, 6)
    ]
    leaves = tuple(version_leaves(head, sections))
    version = InVersion(
        header=head,
        leaves=leaves,
        index=3,
        signature=sign_version(HOSPITAL, root(leaves)),
        objects_root=objects_root([b"o" * 32, b"p" * 32]),
    )
    batch = [leaf_hash(record_leaf(sha256(bytes([n])).digest())) for n in range(6)]
    batch[5] = leaf_hash(record_leaf(version.record_root()))
    log = [leaf_hash(log_leaf(CHAIN, ANCHORS, n, root(batch[n:]))) for n in range(4)]
    log[1] = leaf_hash(log_leaf(CHAIN, ANCHORS, 1, root(batch)))
    checkpoint = Checkpoint(4, Digest(root(log)), SEALED_AT + timedelta(minutes=2))
    return Made(
        Proof(
            disclosed=tuple(disclose(parsed, OBSERVATION, SEED, "Observation/bp-1", path)),
            section=InSection(3, 0, resource, Digest(section_root), path_in(in_section, 4)),
            version=version,
            source=Source("City Hospital", SEALED_AT - timedelta(days=9), None),
            batch=path_in(batch, 5),
            log=path_in(log, 1),
            anchor=Anchor(CHAIN, ANCHORS, 1, 77, b"t" * 32),
            checkpoint=checkpoint.signed(CHAIN, ANCHORS, [NODE, OTHER_NODE]),
            network=Network(CUSTODY, (NODE.address, OTHER_NODE.address), 2),
        ),
        root(leaves),
    )


def header_members() -> dict[str, Any]:
    return {
        "v": 1,
        "salt": to_hex(b"h" * 32),
        "record": "204800000000000000000000000000000000001",
        "version": 1,
        "source": to_hex(HOSPITAL.address),
        "fhir": "4.0.1",
        "sealed_at": "2026-05-04T10:00:00Z",
        "previous": to_hex(bytes(32)),
        "subject_commitment": to_hex(b"c" * 32),
    }


def sign_version(key: SigningKey, version_root: bytes) -> bytes:
    return key.sign(digest(signing_domain(CHAIN, CUSTODY), struct_hash(VERSION_TYPE, version_root)))


def trust(**changes: Any) -> dict[str, Any]:
    return {
        "chain": CHAIN,
        "contract": to_hex(ANCHORS),
        "custody": to_hex(CUSTODY),
        "nodes": [to_hex(NODE.address), to_hex(OTHER_NODE.address)],
        "quorum": 2,
    } | changes


def resealed(members: dict[str, Any]) -> bytes:
    """A changed proof whose author also put the digest right."""
    rest = {name: value for name, value in members.items() if name != "digest"}
    return canonical(rest | {"digest": base64(H(TAG("salus/proof/2"), canonical(rest))[:16])})


def verdict_of(members: dict[str, Any], **changes: Any) -> verifier.Verdict:
    return verifier.verify(resealed(members), trust(**changes))


def changed(members: Any, way: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(members))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return copy


PROOFS = [make("/valueQuantity").raw(), make(None).raw()]
