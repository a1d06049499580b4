"""The trees of a record: field, section, version, objects, record, batch and anchor log. Pure.

Every leaf starts with a byte that separates the levels; trees are those of RFC 6962.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_128
from typing import Any

from salus.kernel.canonical import ordered_keys, scalar_text
from salus.kernel.encoding import TAG, H, u8, u16, u64
from salus.kernel.ids import Digest
from salus.kernel.merkle import inclusion, leaf_hash, root

FIELD, ORIGINAL, CHUNK = b"\x10", b"\x11", b"\x12"
RESOURCE, FILE = b"\x20", b"\x21"
SECTION, HEADER = b"\x30", b"\x31"
OBJECT_ID = b"\x41"
SALT = 16
CHUNK_SIZE = 65_536
_SALT_TAG = TAG("salus/salt/1")
_FIELD_START = b"\0" + FIELD


def fields(parsed: Any) -> list[tuple[str, str]]:
    """JSON Pointer and canonical text of every scalar, in the order of the canonical text."""
    found: list[tuple[str, str]] = []
    _walk(parsed, "", found)
    return found


def _walk(value: Any, path: str, found: list[tuple[str, str]]) -> None:
    if value and isinstance(value, dict):
        for key in ordered_keys(value):
            _walk(value[key], f"{path}/{_escape(key)}", found)
    elif value and isinstance(value, list):
        for index, each in enumerate(value):
            _walk(each, f"{path}/{index}", found)
    else:
        found.append((path, scalar_text(value)))


def _escape(key: str) -> str:
    """RFC 6901 section 3."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _salts(seed: bytes, reference: str, count: int) -> bytes:
    """16 bytes a leaf, each of which can be disclosed alone."""
    name = reference.encode()
    return shake_128(_SALT_TAG + seed + u16(len(name)) + name).digest(SALT * count)


def _field_leaves(
    parsed: Any, raw: bytes, seed: bytes, reference: str
) -> Iterator[tuple[bytes, bytes]]:
    """Salt and leaf hash of each field, then of the original bytes."""
    found = fields(parsed)
    salts = _salts(seed, reference, len(found) + 1)
    at = 0
    for path, text in found:
        salt, name = salts[at : at + SALT], path.encode()
        content = _FIELD_START + salt + len(name).to_bytes(2, "big") + name + text.encode()
        yield salt, sha256(content).digest()
        at += SALT
    yield salts[at:], leaf_hash(ORIGINAL + salts[at:] + raw)


def resource_root(parsed: Any, raw: bytes, seed: bytes, reference: str) -> Digest:
    """The root over a resource's fields and its original bytes: the hot path of sealing."""
    return Digest(root([leaf for _, leaf in _field_leaves(parsed, raw, seed, reference)]))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One leaf of a resource, opened: an empty path is the original bytes."""

    path: str | None
    text: str
    salt: bytes
    index: int
    size: int
    proof: tuple[bytes, ...]


def disclose(
    parsed: Any, raw: bytes, seed: bytes, reference: str, path: str | None
) -> list[Disclosure]:
    """Every field at or below a JSON Pointer, or the original bytes when `path` is None."""
    found = fields(parsed)
    both = list(_field_leaves(parsed, raw, seed, reference))
    leaves = [leaf for _, leaf in both]
    if path is None:
        chosen = [(len(found), None, raw.decode())]
    else:
        chosen = [
            (index, pointer, text)
            for index, (pointer, text) in enumerate(found)
            if pointer == path or pointer.startswith(path + "/")
        ]
    return [
        Disclosure(
            pointer, text, both[index][0], index, len(leaves), tuple(inclusion(leaves, index))
        )
        for index, pointer, text in chosen
    ]


def chunk_root(plain: bytes, seed: bytes) -> Digest:
    """The root over a file's chunks of 65,536 bytes."""
    starts = range(0, len(plain), CHUNK_SIZE)
    return Digest(
        root(
            [
                leaf_hash(
                    CHUNK + chunk_salt(seed, index) + u64(index) + plain[at : at + CHUNK_SIZE]
                )
                for index, at in enumerate(starts)
            ]
        )
    )


def chunk_salt(seed: bytes, index: int) -> bytes:
    import hmac  # noqa: PLC0415

    return hmac.digest(seed, CHUNK + u64(index), "sha256")[:SALT]


"""Section, version, record: lists of leaf hashes, so that roots and proofs come from one place."""


def section_leaves(roots: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """`roots`: reference and resource root, in the order of the references."""
    return [leaf_hash(RESOURCE + each) for _, each in roots]


def section_root(roots: Sequence[tuple[str, bytes]]) -> Digest:
    return Digest(root(section_leaves(roots)))


def version_leaves(header: bytes, sections: Sequence[tuple[int, int, bytes]]) -> list[bytes]:
    """`header`: canonical bytes; `sections`: section, kind, root, in that order."""
    rest = [leaf_hash(SECTION + u8(code) + u8(kind) + each) for code, kind, each in sections]
    return [leaf_hash(HEADER + header), *rest]


def objects_root(object_ids: Sequence[bytes]) -> Digest:
    return Digest(root([leaf_hash(OBJECT_ID + each) for each in object_ids]))


def record_root(version_root: bytes, objects: bytes) -> Digest:
    return Digest(H(b"\x01", version_root, objects))


def subject_commitment(salt: bytes, pseudonym: bytes) -> Digest:
    return Digest(H(TAG("salus/subject/1"), salt, pseudonym))
