"""Trees of a record, against a second reading of the same page of the design."""

import json
from hashlib import sha256, shake_128
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import Lexeme, canonical, parse
from salus.kernel.ids import NOBODY
from salus.kernel.merkle import inclusion, leaf_hash, root, root_of_inclusion
from salus.rights.notary.model import log_leaf, record_leaf
from salus.rights.records import commitments
from salus.rights.records.commitments import (
    CHUNK_SIZE,
    chunk_root,
    chunk_salt,
    disclose,
    fields,
    objects_root,
    record_root,
    resource_root,
    section_leaves,
    section_root,
    subject_commitment,
    version_leaves,
)

SEED, REFERENCE = bytes(range(32)), "Observation/bp-1"
RAW = (
    b'{ "resourceType":"Observation", "status":"final", "code":{"coding":[{"code":"8867-4"},{}]},'
    b' "note":[], "valueQuantity":{"value":72.0,"unit":null}, "a/b~c":true }'
)
FIELDS = [
    ("/a~1b~0c", "true"),
    ("/code/coding/0/code", '"8867-4"'),
    ("/code/coding/1", "{}"),
    ("/note", "[]"),
    ("/resourceType", '"Observation"'),
    ("/status", '"final"'),
    ("/valueQuantity/unit", "null"),
    ("/valueQuantity/value", "72.0"),
]
keys = st.text(max_size=4) | st.sampled_from(["a", "b", "a/b", "~", "\ufb33", "\U0001f600", ""])
lexemes = st.sampled_from(["0", "1.0", "1.00", "-0", "1E3"]).map(Lexeme)
scalars = st.none() | st.booleans() | st.text(max_size=9) | lexemes
values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(keys, inside, max_size=4),
    max_leaves=20,
)


def plain_fields(value: Any, path: str = "") -> list[tuple[str, bytes]]:
    """Section 5, as it reads."""
    if isinstance(value, dict) and value:
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
        steps = ((key.replace("~", "~0").replace("/", "~1"), value[key]) for key in ordered)
    elif isinstance(value, list) and value:
        steps = ((str(index), each) for index, each in enumerate(value))
    else:
        return [(path, canonical(value))]
    return [pair for step, each in steps for pair in plain_fields(each, f"{path}/{step}")]


def plain_root(value: Any, raw: bytes, seed: bytes, reference: str) -> bytes:
    found, name = plain_fields(value), reference.encode()
    start = b"salus/salt/1\0" + seed + len(name).to_bytes(2, "big") + name
    salts = shake_128(start).digest(16 * len(found) + 16)
    leaves = []
    for index, (path, text) in enumerate(found):
        salt, name = salts[16 * index : 16 * index + 16], path.encode()
        content = b"\x10" + salt + len(name).to_bytes(2, "big") + name + text
        leaves.append(sha256(b"\0" + content).digest())
    leaves.append(sha256(b"\0\x11" + salts[-16:] + raw).digest())
    return root(leaves)


def test_fields_are_in_the_order_of_the_canonical_text() -> None:
    assert fields(parse(RAW)) == FIELDS


def test_a_known_resource_has_its_known_root() -> None:
    expected = "f7eec5772bd6ea9d545b05b3ec115be1b8975cf0653e175140932d9ddc4a56cd"

    assert expected == resource_root(parse(RAW), RAW, SEED, REFERENCE).hex()


@settings(max_examples=200, deadline=None)
@given(values, st.binary(max_size=300), st.binary(min_size=32, max_size=32), st.text(max_size=9))
def test_the_fast_tree_is_the_plain_one(
    value: Any, raw: bytes, seed: bytes, reference: str
) -> None:
    assert plain_root(value, raw, seed, reference) == resource_root(value, raw, seed, reference)


@pytest.mark.parametrize("size", [0, 100, 118, 119, 120, 121, 200, 5000])
def test_long_texts_are_committed_like_short_ones(size: int) -> None:
    value = {"text": "\xe9" * size}

    assert plain_root(value, b"", SEED, "x") == resource_root(value, b"", SEED, "x")


def test_what_is_remembered_has_a_bound_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = {f"key{n}": {"inside": [{}, {f"other{n}": 1}]} for n in range(50)}
    for remembered in ("_members", "_elements"):
        monkeypatch.setattr(commitments, remembered, type(getattr(commitments, remembered))())
    monkeypatch.setattr(commitments, "_MAX_PLACES", 10)

    expected = plain_root(value, RAW, SEED, REFERENCE)

    assert [expected] * 2 == [resource_root(value, RAW, SEED, REFERENCE) for _ in range(2)]
    assert [len(commitments._members), len(commitments._elements)] == [10, 10]


@settings(max_examples=100, deadline=None)
@given(values, st.data())
def test_whatever_is_disclosed_leads_to_the_root(value: Any, data: st.DataObject) -> None:
    paths = [path for path, _ in plain_fields(value)]
    path = data.draw(st.sampled_from([None, "", *paths]))
    raw = canonical(value)

    found = disclose(value, raw, SEED, REFERENCE, path)

    expected = resource_root(value, raw, SEED, REFERENCE)
    assert found
    for each in found:
        if each.path is None:
            content = b"\x11" + each.salt + each.text.encode()
        else:
            name = each.path.encode()
            size = len(name).to_bytes(2, "big")
            content = b"\x10" + each.salt + size + name + each.text.encode()
        leaf = leaf_hash(content)

        assert expected == root_of_inclusion(leaf, each.index, each.size, each.proof)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/valueQuantity", ["/valueQuantity/unit", "/valueQuantity/value"]),
        ("/valueQuantity/value", ["/valueQuantity/value"]),
        ("/value", []),
        ("/code/coding/1", ["/code/coding/1"]),
        ("/code/coding/2", []),
        ("valueQuantity", []),
        ("", [path for path, _ in FIELDS]),
        (None, [None]),
    ],
)
def test_a_pointer_discloses_what_lies_at_and_below_it(
    path: str | None, expected: list[str | None]
) -> None:
    assert expected == [each.path for each in disclose(parse(RAW), RAW, SEED, REFERENCE, path)]


def test_the_original_bytes_are_the_last_leaf() -> None:
    (whole,) = disclose(parse(RAW), RAW, SEED, REFERENCE, None)

    assert (RAW.decode(), len(FIELDS), len(FIELDS) + 1) == (whole.text, whole.index, whole.size)


def test_no_two_leaves_share_a_salt() -> None:
    same = [
        disclose(parse(RAW), RAW, SEED, name, "") for name in ("Observation/1", "Observation/2")
    ]
    salts = [each.salt for found in same for each in found]

    assert len(salts) == len(set(salts))
    assert all(len(salt) == 16 for salt in salts)


def differing(raw: bytes, seed: bytes = SEED, reference: str = REFERENCE) -> bytes:
    return resource_root(parse(raw), raw, seed, reference)


@pytest.mark.parametrize(
    "other",
    [
        RAW.replace(b"72.0", b"72.00"),
        RAW.replace(b"72.0", b'"72.0"'),
        RAW.replace(b"final", b"amended"),
        RAW.replace(b"[]", b"{}"),
        RAW.replace(b"null", b"false"),
        RAW + b" ",
    ],
)
def test_every_change_of_a_resource_changes_its_root(other: bytes) -> None:
    assert differing(other) != differing(RAW)


def test_seed_and_reference_change_the_root() -> None:
    assert differing(RAW, bytes(32)) != differing(RAW)
    assert differing(RAW, SEED, "Observation/bp-2") != differing(RAW)


def test_a_path_of_64_kib_is_refused() -> None:
    with pytest.raises(OverflowError):
        resource_root({"k" * 65_536: 1}, b"", SEED, REFERENCE)


@pytest.mark.parametrize("size", [1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE - 1])
def test_a_file_is_committed_chunk_by_chunk(size: int) -> None:
    plain = b"genome" * (size // 6 + 1)
    plain = plain[:size]
    chunks = [plain[at : at + CHUNK_SIZE] for at in range(0, size, CHUNK_SIZE)]
    leaves = [
        sha256(b"\0\x12" + chunk_salt(SEED, n) + n.to_bytes(8, "big") + chunk).digest()
        for n, chunk in enumerate(chunks)
    ]

    assert root(leaves) == chunk_root(plain, SEED)
    assert len(chunk_salt(SEED, 0)) == 16


def test_an_empty_file_has_no_root() -> None:
    with pytest.raises(ValueError, match="never empty"):
        chunk_root(b"", SEED)


def test_levels_begin_with_bytes_of_their_own() -> None:
    header, one, two = b"{}", b"1" * 32, b"2" * 32

    assert section_leaves([("A/1", one)], [two]) == [
        leaf_hash(b"\x20" + one),
        leaf_hash(b"\x21" + two),
    ]
    assert version_leaves(header, [(6, 3, one)]) == [
        leaf_hash(b"\x31{}"),
        leaf_hash(b"\x30\x06\x03" + one),
    ]
    assert objects_root([one, two]) == root([leaf_hash(b"\x41" + one), leaf_hash(b"\x41" + two)])
    assert record_root(one, two) == sha256(b"\x01" + one + two).digest()
    assert record_leaf(one) == b"\x40" + one
    assert (
        log_leaf(7, NOBODY, 9, one)
        == b"\x50" + bytes(7) + b"\7" + bytes(20) + bytes(7) + b"\x09" + one
    )
    assert subject_commitment(one, b"p") == sha256(b"salus/subject/1\0" + one + b"p").digest()


def test_a_value_leads_from_field_to_record() -> None:
    value, header = parse(RAW), canonical({"v": 1})
    resource = resource_root(value, RAW, SEED, REFERENCE)
    roots = [("Observation/a", bytes(32)), (REFERENCE, resource)]
    section = section_root(roots)
    sections = [(1, 0, bytes(32)), (6, 0, section)]

    path = inclusion(section_leaves(roots), 1)
    in_version = inclusion(version_leaves(header, sections), 2)

    assert section == root_of_inclusion(leaf_hash(b"\x20" + resource), 1, 2, path)
    assert root(version_leaves(header, sections)) == root_of_inclusion(
        leaf_hash(b"\x30\x06\x00" + section), 2, 3, in_version
    )


def test_fields_cover_every_scalar_once() -> None:
    found = fields(parse(RAW))

    assert len(found) == len({path for path, _ in found})
    assert json.loads(RAW)["code"]["coding"][0]["code"] == json.loads(
        dict(found)["/code/coding/0/code"]
    )
