"""From the bytes of a resource to its root, leaves of a batch, and the paths of one proof.

The reference of each row is plain `hashlib` over the same number of messages of the same sizes, so
the ratio says what everything but hashing costs.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.report import Row, paired, row, scaled
from salus.kernel.canonical import bundle_entries, parse
from salus.kernel.decoding import decode
from salus.kernel.merkle import inclusion, leaf_hash, root
from salus.rights.notary.verifier import climb
from salus.rights.records.commitments import fields, resource_root

SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "fhir-synthea"
SEED = b"\x5a" * 32
_BATCH = 65_536
_PROOF_LEVELS = (32, 128, 16, 65_536, 65_536)  # leaves of field, section, version, batch, log tree


def run() -> list[Row]:
    observations = list(_observations(scaled(2_000)))
    rows = [_bytes_to_root("a blood pressure of 992 bytes and 28 leaves", observations)]
    if samples := list(_samples()):
        rows.append(_bytes_to_root("Synthea's patients in ../shared/samples", samples))
    return [*rows, _field_trees(observations), _batch_leaves(), _proof_check()]


def _observations(count: int) -> Iterator[bytes]:
    """Observations as Synthea writes them."""
    for number in range(count):
        yield json.dumps(_observation(number), separators=(",", ":")).encode()


def _observation(number: int) -> dict[str, Any]:
    loinc, ucum = "http://loinc.org", "http://unitsofmeasure.org"
    parts = (("8462-4", "Diastolic Blood Pressure", 71), ("8480-6", "Systolic B P", 118.2))
    moment = f"2019-03-{number % 28 + 1:02d}T10:14:22.410-05:00"
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "id": f"{number:07x}-5efa-421d-9c40-5f116d2114a6",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "vital-signs"}]}],
        "code": {
            "coding": [{"system": loinc, "code": "85354-9", "display": "Blood Pressure"}],
            "text": "Blood Pressure",
        },
        "subject": {"reference": "urn:uuid:d88f994a-5efa-421d-9c40-5f116d2114a6"},
        "encounter": {"reference": "urn:uuid:0b1d52fe-5a4e-4b0c-b1e8-3f9d7ac0ae57"},
        "effectiveDateTime": moment,
        "component": [
            {
                "code": {
                    "coding": [{"system": loinc, "code": code, "display": display}],
                    "text": display,
                },
                "valueQuantity": {
                    "value": value,
                    "unit": "mm[Hg]",
                    "system": ucum,
                    "code": "mm[Hg]",
                },
            }
            for code, display, value in parts
        ],
    }


def _samples() -> Iterator[bytes]:
    for path in sorted(SAMPLES.glob("*.json")):
        raw = path.read_bytes()
        yield from (entry.raw for entry in bundle_entries(raw, max_bytes=len(raw))[1])


@dataclass(frozen=True, slots=True)
class _Hashing:
    """The messages that the tree of a resource must hash, and nothing else."""

    messages: tuple[bytes, ...]

    @classmethod
    def of(cls, raws: Sequence[bytes]) -> "_Hashing":
        messages: list[bytes] = []
        for raw in raws:
            found = fields(parse(raw))
            messages += [b"\0" * (20 + len(path) + len(text)) for path, text in found]
            messages += [b"\0" * (18 + len(raw)), *[b"\0" * 65] * len(found)]
        return cls(tuple(messages))

    def __call__(self) -> None:
        for message in self.messages:
            sha256(message).digest()


def _bytes_to_root(what: str, raws: Sequence[bytes]) -> Row:
    def ours() -> None:
        for raw in raws:
            resource_root(decode(raw).exact, raw, SEED, "Observation/1")

    mine, plain = paired(ours, _Hashing.of(raws))
    return row(
        f"bytes to root, one core: {what}",
        len(raws) / mine,
        "resources/s",
        reference=len(raws) / plain,
        at_least=6_000,
    )


def _field_trees(raws: Sequence[bytes]) -> Row:
    parsed = [(decode(raw).exact, raw) for raw in raws]

    def ours() -> None:
        for value, raw in parsed:
            resource_root(value, raw, SEED, "Observation/1")

    mine, plain = paired(ours, _Hashing.of(raws))
    return row(
        "field trees of the parsed blood pressure",
        len(raws) / mine,
        "trees/s",
        reference=len(raws) / plain,
        at_least=9_500,
    )


def _batch_leaves() -> Row:
    leaves = [b"\x40" + bytes(32)] * _BATCH

    def ours() -> None:
        for leaf in leaves:
            leaf_hash(leaf)

    mine, plain = paired(ours, _Hashing(tuple(b"\0" + leaf for leaf in leaves)))
    return row(
        "leaf hashes of a batch",
        _BATCH / mine,
        "leaves/s",
        reference=_BATCH / plain,
        at_least=1_000_000,
    )


def _proof_check() -> Row:
    """The way from a value to the log through trees as large as they get."""
    count = scaled(500)
    ways = [_way(size) for size in _PROOF_LEVELS]

    def ours() -> None:
        for _ in range(count):
            for leaf, index, size, path, expected in ways:
                assert climb({index: leaf}, size, path) == expected

    hashes = sum(len(path) // 32 for _, _, _, path, _ in ways)
    mine, plain = paired(ours, _Hashing((bytes(65),) * (hashes * count)))
    return row(
        f"path check of one proof, {hashes} hashes",
        mine / count * 1e6,
        "us",
        reference=plain / count * 1e6,
        at_most=100,
    )


def _way(size: int) -> tuple[bytes, int, int, bytes, bytes]:
    leaves = [leaf_hash(bytes([at % 256])) for at in range(size)]
    index = size // 3
    return leaves[index], index, size, b"".join(inclusion(leaves, index)), root(leaves)
