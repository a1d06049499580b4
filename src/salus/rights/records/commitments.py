"""The trees of a record: field, section, version, objects, record. Pure.

Every leaf starts with a byte that separates the levels; trees are those of RFC 6962. Batches and
their log are the notary's, see `notary.model`.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_128
from struct import iter_unpack
from typing import Any

from orjson import OPT_INDENT_2, OPT_PASSTHROUGH_SUBCLASS, Fragment, dumps

from salus.kernel.canonical import ordered_keys, scalar_text
from salus.kernel.encoding import TAG, H, u8, u16, u64
from salus.kernel.ids import Digest
from salus.kernel.merkle import inclusion, leaf_hash, root, short_sha256
from salus.rights.notary.model import Disclosure

FIELD, ORIGINAL, CHUNK = b"\x10", b"\x11", b"\x12"
RESOURCE, FILE = b"\x20", b"\x21"
SECTION, HEADER = b"\x30", b"\x31"
OBJECT_ID = b"\x41"
SALT = 16
CHUNK_SIZE = 65_536
_SALT_TAG = TAG("salus/salt/1")
_FIELD_START = b"\0" + FIELD
_MAX_PLACES = 8192
_SHORT = 120
_CONTAINERS = frozenset({dict, list})
_EACH_ON_A_LINE = OPT_INDENT_2 | OPT_PASSTHROUGH_SUBCLASS
_Place = tuple[str, bytes]
"""A JSON Pointer, and the same as it is committed: u16 length and UTF-8."""


class _Members(dict[tuple[str, tuple[str, ...]], tuple[tuple[str, str, bytes], ...]]):
    """The keys of an object in canonical order, each with its place; by path and keys.

    Remembered, because the objects of FHIR repeat a few hundred sets of keys at a few places.
    """

    def __missing__(self, where: tuple[str, tuple[str, ...]]) -> tuple[tuple[str, str, bytes], ...]:
        path, keys = where
        order = tuple((key, *_place(path, key)) for key in ordered_keys(dict.fromkeys(keys)))
        if len(self) < _MAX_PLACES:
            self[where] = order
        return order


class _Elements(dict[tuple[str, int], _Place]):
    """The places of the elements of an array, by its path and their index."""

    def __missing__(self, where: tuple[str, int]) -> _Place:
        place = _place(where[0], str(where[1]))
        if len(self) < _MAX_PLACES:
            self[where] = place
        return place


def _place(path: str, key: str) -> _Place:
    """RFC 6901 section 3. Raises OverflowError for a path of 64 KiB."""
    pointer = path + "/" + key.replace("~", "~0").replace("/", "~1")
    name = pointer.encode()
    return pointer, u16(len(name)) + name


_members, _elements = _Members(), _Elements()


@dataclass(frozen=True, slots=True)
class _Fields:
    """Every scalar in the order of the canonical text: its path, as committed, and its text."""

    names: list[bytes]
    texts: list[bytes]

    @classmethod
    def of(cls, parsed: Any) -> "_Fields":
        if not parsed or type(parsed) not in _CONTAINERS:
            return cls([u16(0)], _texts([parsed]))
        names: list[bytes] = []
        scalars: list[Any] = []
        _walk(parsed, "", names.append, scalars.append)
        return cls(names, _texts(scalars))

    def leaves(self, raw: bytes, salts: bytes) -> list[bytes]:
        """The leaf hash of each field, then of the original bytes."""
        each = zip(iter_unpack("16s", salts), self.names, self.texts, strict=False)
        hashes = [
            (short_sha256 if len(text) < _SHORT else sha256)(
                _FIELD_START + salt + name + text
            ).digest()
            for (salt,), name, text in each
        ]
        hashes.append(leaf_hash(ORIGINAL + salts[-SALT:] + raw))
        return hashes


def _texts(scalars: list[Any]) -> list[bytes]:
    """The canonical text of each, written at once: in it a line ends only between two of them."""
    written = dumps(scalars, default=_lexeme, option=_EACH_ON_A_LINE)
    return written[4:-2].split(b",\n  ")


def _lexeme(value: Any) -> Fragment:
    return Fragment(scalar_text(value))


def _walk(
    value: Any, path: str, name: Callable[[bytes], None], scalar: Callable[[Any], None]
) -> None:
    """What a non-empty object or array holds. The hot path of sealing: no call for a scalar."""
    if type(value) is dict:
        for key, pointer, committed in _members[path, tuple(value)]:
            each = value[key]
            if type(each) is not str and each and type(each) in _CONTAINERS:
                _walk(each, pointer, name, scalar)
            else:
                name(committed)
                scalar(each)
    else:
        for index, each in enumerate(value):
            pointer, committed = _elements[path, index]
            if each and type(each) in _CONTAINERS:
                _walk(each, pointer, name, scalar)
            else:
                name(committed)
                scalar(each)


def fields(parsed: Any) -> list[tuple[str, str]]:
    """JSON Pointer and canonical text of every scalar, in the order of the canonical text."""
    found = _Fields.of(parsed)
    paths = (name[2:].decode() for name in found.names)
    return list(zip(paths, map(bytes.decode, found.texts), strict=True))


def _salts(seed: bytes, reference: str, count: int) -> bytes:
    """16 bytes a leaf, each of which can be disclosed alone."""
    name = reference.encode()
    return shake_128(_SALT_TAG + seed + u16(len(name)) + name).digest(SALT * count)


def resource_root(parsed: Any, raw: bytes, seed: bytes, reference: str) -> Digest:
    """The root over a resource's fields and its original bytes: the hot path of sealing."""
    found = _Fields.of(parsed)
    return Digest(root(found.leaves(raw, _salts(seed, reference, len(found.names) + 1))))


def disclose(
    parsed: Any, raw: bytes, seed: bytes, reference: str, path: str | None
) -> list[Disclosure]:
    """Every field at or below a JSON Pointer, or the original bytes when `path` is None."""
    found = fields(parsed)
    salts = _salts(seed, reference, len(found) + 1)
    leaves = _Fields.of(parsed).leaves(raw, salts)
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


# Section, version, record: lists of leaf hashes, so that roots and proofs come from one place.


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


def objects_root(object_ids: Sequence[bytes]) -> Digest:
    return Digest(root([leaf_hash(OBJECT_ID + each) for each in object_ids]))


def record_root(version_root: bytes, objects: bytes) -> Digest:
    """`root` in RecordRegistry: version and objects as two subtrees."""
    return Digest(H(b"\x01", version_root, objects))


def subject_commitment(salt: bytes, pseudonym: bytes) -> Digest:
    return Digest(H(TAG("salus/subject/1"), salt, pseudonym))
