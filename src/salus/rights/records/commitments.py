"""The trees of a record: field, section, version, objects, record. Pure.

Every leaf starts with a byte that separates the levels; trees are those of RFC 6962. Batches and
their log are the notary's, see `notary.model`.
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256, shake_128
from json.encoder import encode_basestring
from struct import iter_unpack
from typing import Any

from salus.kernel.canonical import ordered_keys, scalar_text
from salus.kernel.encoding import TAG, H, u8, u16, u64
from salus.kernel.ids import Digest
from salus.kernel.merkle import inclusion, leaf_hash, root
from salus.rights.notary.model import Disclosure

FIELD, ORIGINAL, CHUNK = b"\x10", b"\x11", b"\x12"
RESOURCE, FILE = b"\x20", b"\x21"
SECTION, HEADER = b"\x30", b"\x31"
OBJECT_ID = b"\x41"
SALT = 16
CHUNK_SIZE = 65_536
_SALT_TAG = TAG("salus/salt/1")
_FIELD_START = b"\0" + FIELD
_MAX_ORDERS = 4096
_Found = Callable[[tuple[str, str]], None]


class _Orders(dict[tuple[str, ...], tuple[tuple[str, str], ...]]):
    """The keys of an object in canonical order, each with its step of a JSON Pointer (RFC 6901).

    Remembered, because the objects of FHIR repeat a few hundred sets of keys.
    """

    def __missing__(self, keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        order = tuple(
            (key, "/" + key.replace("~", "~0").replace("/", "~1"))
            for key in ordered_keys(dict.fromkeys(keys))
        )
        if len(self) < _MAX_ORDERS:
            self[keys] = order
        return order


_orders = _Orders()


def fields(parsed: Any) -> list[tuple[str, str]]:
    """JSON Pointer and canonical text of every scalar, in the order of the canonical text."""
    found: list[tuple[str, str]] = []
    _walk(parsed, "", found.append)
    return found


def _walk(value: Any, path: str, found: _Found) -> None:
    """Strings are handled where they are met, which saves most of the calls."""
    if not value or not isinstance(value, (dict, list)):
        found((path, scalar_text(value)))
    elif isinstance(value, dict):
        for key, step in _orders[tuple(value)]:
            each = value[key]
            if type(each) is str:
                found((path + step, encode_basestring(each)))
            else:
                _walk(each, path + step, found)
    else:
        for index, each in enumerate(value):
            _walk(each, f"{path}/{index}", found)


def _salts(seed: bytes, reference: str, count: int) -> bytes:
    """16 bytes a leaf, each of which can be disclosed alone."""
    name = reference.encode()
    return shake_128(_SALT_TAG + seed + u16(len(name)) + name).digest(SALT * count)


def _leaves(found: list[tuple[str, str]], raw: bytes, salts: bytes) -> list[bytes]:
    """The leaf hash of each field, then of the original bytes."""
    hashes = [
        sha256(
            b"".join(
                (_FIELD_START, salt, len(name := path.encode()).to_bytes(2), name, text.encode())
            )
        ).digest()
        for (path, text), (salt,) in zip(found, iter_unpack("16s", salts), strict=False)
    ]
    hashes.append(leaf_hash(ORIGINAL + salts[-SALT:] + raw))
    return hashes


def resource_root(parsed: Any, raw: bytes, seed: bytes, reference: str) -> Digest:
    """The root over a resource's fields and its original bytes: the hot path of sealing."""
    found = fields(parsed)
    return Digest(root(_leaves(found, raw, _salts(seed, reference, len(found) + 1))))


def disclose(
    parsed: Any, raw: bytes, seed: bytes, reference: str, path: str | None
) -> list[Disclosure]:
    """Every field at or below a JSON Pointer, or the original bytes when `path` is None."""
    found = fields(parsed)
    salts = _salts(seed, reference, len(found) + 1)
    leaves = _leaves(found, raw, salts)
    if path is None:
        chosen: list[tuple[int, str | None, str]] = [(len(found), None, raw.decode())]
    else:
        chosen = [
            (index, pointer, text)
            for index, (pointer, text) in enumerate(found)
            if pointer == path or pointer.startswith(path + "/")
        ]
    return [
        Disclosure(
            path=pointer,
            text=text,
            salt=salts[index * SALT : (index + 1) * SALT],
            index=index,
            size=len(leaves),
            proof=tuple(inclusion(leaves, index)),
        )
        for index, pointer, text in chosen
    ]


def chunk_leaves(plain: bytes, seed: bytes) -> list[bytes]:
    """Leaf hashes over a file's chunks of 65,536 bytes, each with a salt of its own."""
    chunks = (plain[at : at + CHUNK_SIZE] for at in range(0, len(plain), CHUNK_SIZE))
    return [
        leaf_hash(CHUNK + chunk_salt(seed, index) + u64(index) + chunk)
        for index, chunk in enumerate(chunks)
    ]


def chunk_root(plain: bytes, seed: bytes) -> Digest:
    """Raises ValueError for an empty file."""
    return Digest(root(chunk_leaves(plain, seed)))


def chunk_salt(seed: bytes, index: int) -> bytes:
    return hmac.digest(seed, CHUNK + u64(index), "sha256")[:SALT]


"""Section, version, record: lists of leaf hashes, so that roots and proofs come from one place."""


def section_leaves(roots: Sequence[tuple[str, bytes]], files: Sequence[bytes] = ()) -> list[bytes]:
    """`roots`: reference and resource root, in the order of the references; `files`: chunk roots
    in the order of their numbers.
    """
    return [
        *(leaf_hash(RESOURCE + each) for _, each in roots),
        *(leaf_hash(FILE + each) for each in files),
    ]


def section_root(roots: Sequence[tuple[str, bytes]], files: Sequence[bytes] = ()) -> Digest:
    return Digest(root(section_leaves(roots, files)))


def version_leaves(header: bytes, sections: Sequence[tuple[int, int, bytes]]) -> list[bytes]:
    """`header`: canonical bytes; `sections`: section, kind, root, in that order."""
    rest = [leaf_hash(SECTION + u8(code) + u8(kind) + each) for code, kind, each in sections]
    return [leaf_hash(HEADER + header), *rest]


def version_root(header: bytes, sections: Sequence[tuple[int, int, bytes]]) -> Digest:
    """What the source signs."""
    return Digest(root(version_leaves(header, sections)))


def objects_root(object_ids: Sequence[bytes]) -> Digest:
    return Digest(root([leaf_hash(OBJECT_ID + each) for each in object_ids]))


def record_root(version_root: bytes, objects: bytes) -> Digest:
    """`root` in RecordRegistry: version and objects as two subtrees."""
    return Digest(H(b"\x01", version_root, objects))


def subject_commitment(salt: bytes, pseudonym: bytes) -> Digest:
    return Digest(H(TAG("salus/subject/1"), salt, pseudonym))
