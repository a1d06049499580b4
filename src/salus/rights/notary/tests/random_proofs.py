"""Proofs of random values in random documents, deep in trees of random shapes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from salus.kernel.canonical import canonical, parse
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import consistency, leaf_hash, root
from salus.kernel.secp256k1 import SigningKey
from salus.rights.notary.model import log_leaf, path_in, record_leaf
from salus.rights.notary.proof import (
    Anchor,
    Checkpoint,
    InSection,
    InVersion,
    Network,
    Proof,
    Since,
    Source,
    bundle,
)
from salus.rights.notary.tests.proofs import (
    ANCHORS,
    CHAIN,
    CUSTODY,
    HOSPITAL,
    NODE,
    OTHER_NODE,
    SEALED_AT,
    header_members,
    sign_version,
    trust,
)
from salus.rights.records.commitments import (
    disclose,
    resource_root,
    section_leaves,
    version_leaves,
)

TEXTS = (
    "",
    "a",
    "6.30",
    "é",
    "\U0001f600",
    '"\\/',
    "\x00\x1f\x7f",
    "\u2028",
    "</script>",
    "~1" * 9,
)
NUMBERS = ("0", "-0", "1.0", "1.00", "6.30", "1E3", "1e-7", "9007199254740993", "0.1", "-12.5")


@dataclass(frozen=True, slots=True)
class Case:
    """A valid proof with a trust file that believes it."""

    raw: bytes
    trust: dict[str, Any]


def document(random: Random) -> bytes:
    """A resource as somebody may write it: any order, any white space, any numbers."""
    inside = {name: value(random, 4) for name in random.sample(TEXTS, random.randint(1, 5))}
    text = json.dumps({"resourceType": "Basic", "id": "b", **inside}, ensure_ascii=False)
    for at in range(text.count('"#')):
        text = text.replace('"#"', NUMBERS[(at + random.randint(0, 9)) % 10], 1)
    return text.encode()


def value(random: Random, depth: int) -> Any:
    kind = random.randint(0, 5 if depth else 3)
    if kind == 4:
        return [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    if kind == 5:
        return {name: value(random, depth - 1) for name in random.sample(TEXTS, 2)}
    return (random.choice(TEXTS), "#", None, random.choice((True, False)))[kind]


def case(seed: int) -> Case:
    random = Random(seed)
    raw, seed_of_salts = document(random), random.randbytes(32)
    parsed = parse(raw)
    whole = disclose(parsed, raw, seed_of_salts, "Basic/b", "")
    paths = [*(each.path for each in whole), None, ""]
    disclosed = disclose(parsed, raw, seed_of_salts, "Basic/b", random.choice(paths))
    resource = resource_root(parsed, raw, seed_of_salts, "Basic/b")
    section, kind = random.randint(0, 255), random.randint(0, 3)
    roots = [(f"Basic/{n}", Digest(random.randbytes(32))) for n in range(random.randint(1, 40))]
    at = random.randrange(len(roots))
    roots[at] = (roots[at][0], resource)
    in_section = section_leaves(roots)
    section_root = Digest(root(in_section))
    version = _version(random, (section, kind, section_root))
    earlier, anchored = _anchored(random, version)
    proof = Proof(
        disclosed=tuple(disclosed),
        section=InSection(section, kind, resource, section_root, path_in(in_section, at)),
        version=version,
        source=Source(random.choice(TEXTS), SEALED_AT - timedelta(days=1), None),
        **anchored,
    )
    return Case(bundle(proof), _trust(random, proof, earlier))


def _version(random: Random, leaf: tuple[int, int, Digest]) -> InVersion:
    head = canonical(header_members() | {"salt": to_hex(random.randbytes(32))})
    size = random.randint(1, 12)
    at = random.randrange(size)
    sections = [leaf if n == at else (n, 0, random.randbytes(32)) for n in range(size)]
    leaves = tuple(version_leaves(head, sections))
    signature = sign_version(HOSPITAL, root(leaves))
    return InVersion(head, leaves, at + 1, signature, Digest(random.randbytes(32)))


def _anchored(random: Random, version: InVersion) -> tuple[Checkpoint, dict[str, Any]]:
    """From the version to a checkpoint that is signed, and an earlier one that it extends."""
    batch = _hashes(random, 300)
    at = random.randrange(len(batch))
    batch[at] = leaf_hash(record_leaf(version.record_root()))
    log = _hashes(random, 100)
    number = random.randrange(len(log))
    log[number] = leaf_hash(log_leaf(CHAIN, ANCHORS, number, root(batch)))
    nodes = random.sample((NODE, OTHER_NODE, HOSPITAL), random.randint(1, 3))
    head = Checkpoint(len(log), Digest(root(log)), SEALED_AT + timedelta(minutes=2))
    first = random.randint(1, len(log))
    earlier = Checkpoint(first, Digest(root(log[:first])), SEALED_AT)
    return earlier, {
        "batch": path_in(batch, at),
        "log": path_in(log, number),
        "anchor": Anchor(CHAIN, ANCHORS, number, random.randint(0, 2**40), random.randbytes(32)),
        "checkpoint": head.signed(CHAIN, ANCHORS, nodes),
        "network": Network(CUSTODY, _addresses(nodes), len(nodes)),
        "since": Since(first, tuple(consistency(log, first))) if first < len(log) else None,
    }


def _hashes(random: Random, most: int) -> list[bytes]:
    return [random.randbytes(32) for _ in range(random.randint(1, most))]


def _addresses(nodes: Sequence[SigningKey]) -> tuple[Address, ...]:
    return tuple(node.address for node in nodes)


def _trust(random: Random, proof: Proof, earlier: Checkpoint) -> dict[str, Any]:
    nodes = [to_hex(each) for each in proof.network.nodes]
    found = trust(nodes=nodes, quorum=random.randint(1, len(nodes)))
    if random.randint(0, 1):
        known = random.choice((earlier, proof.checkpoint))
        found["last"] = {"root": to_hex(known.root), "size": known.size}
    if random.randint(0, 1):
        own = {"organization": to_hex(HOSPITAL.address), "key": to_hex(HOSPITAL.address)}
        window = {"valid_from": "2026-01-01T00:00:00Z", "valid_until": None}
        found["sources"] = [own | window]
    return found
