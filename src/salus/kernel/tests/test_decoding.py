"""The fast decoder against the careful one: the same values, the same refusals, the same bytes."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import (
    MAX_BYTES,
    DuplicateKey,
    Lexeme,
    NotABundle,
    TooDeep,
    TooLarge,
    bundle_entries,
    parse,
)
from salus.kernel.decoding import Decoded, decode, decode_bundle
from salus.kernel.errors import SalusError
from salus.kernel.json_errors import NumberTooLarge

LARGEST = 200_000

keys = st.text(max_size=3) | st.sampled_from(["a", "b", "resource", 'a":1,"b', "  ", "\\"])
numbers = st.sampled_from(
    [
        "0",
        "-0",
        "1",
        "1.0",
        "1.10",
        "1E3",
        "1e3",
        "0.1",
        "1e22",
        "1e16",
        "1e-7",
        "0.0000001",
        "-0.0",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "0.30000000000000004",
    ]
).map(Lexeme)
texts = st.text(max_size=6) | st.sampled_from(["a b", " ", '"', "\\ ", "}", "]", "\t\n", "1.10"])
values = st.recursive(
    st.none() | st.booleans() | texts | numbers,
    lambda inside: (
        st.lists(inside, max_size=4) | st.lists(st.tuples(keys, inside), max_size=4).map(tuple)
    ),
    max_leaves=20,
)
gaps = st.sampled_from(["", "", " ", "\n  ", "\t", "\r\n"])


def written(draw: st.DrawFn, value: Any, gap: str) -> str:
    """JSON of a value; a tuple is an object whose keys may stand twice."""
    if isinstance(value, Lexeme):
        return str(value)
    if isinstance(value, tuple):
        inside = (
            f"{written(draw, key, '')}{gap}:{gap}{written(draw, each, gap)}" for key, each in value
        )
        return "{" + gap + f"{gap},{gap}".join(inside) + gap + "}"
    if isinstance(value, list):
        return f"[{gap}" + f"{gap},{gap}".join(written(draw, each, gap) for each in value) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Any JSON as anybody may write it, some with a byte gone, changed or added."""
    raw = bytearray(written(draw, draw(values), draw(gaps)).encode())
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 1))] = draw(
            st.sampled_from([b"", b"1", b'"', b"}", b"\xff"])
        )
    return bytes(raw)


@st.composite
def bundles(draw: st.DrawFn) -> bytes:
    """A Bundle in which anything may stand where a resource does."""
    entry = st.lists(
        st.tuples(st.sampled_from(["fullUrl", "resource", "request", "x"]), values), max_size=4
    ).map(tuple)
    inside = draw(st.lists(entry, max_size=4)) if draw(st.integers(0, 9)) else draw(values)
    members = [("resourceType", "Bundle"), ("entry", inside), ("total", draw(values))]
    extra = [("entry", []), ("type", "batch"), ("link", draw(values))]
    chosen = tuple(draw(st.permutations(members + extra[draw(st.integers(0, 2)) :])))
    return written(draw, chosen, draw(gaps)).encode()


def outcome(call: Any) -> Any:
    """A value, or what was wrong and where."""
    try:
        return call()
    except SalusError as error:
        return type(error), error.shown()


def numbered(value: Any) -> Any:
    """With the text of each number as the fast decoder writes it."""
    if isinstance(value, dict):
        return {key: numbered(each) for key, each in value.items()}
    if isinstance(value, list):
        return [numbered(each) for each in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Lexeme(orjson.dumps(value).decode()) if is_number else value


def same(one: Any, other: Any) -> bool:
    """Equal, and a number never equal to a text."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and list(one) == list(other)
            and all(same(one[key], other[key]) for key in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@settings(max_examples=1_000, deadline=None)
@given(documents())
def test_what_is_decoded_is_what_the_careful_parser_reads(raw: bytes) -> None:
    careful, fast = outcome(lambda: parse(raw)), outcome(lambda: decode(raw))

    if isinstance(fast, Decoded):
        assert same(careful, numbered(fast.exact))
        assert same(orjson.loads(raw), fast.value)
    else:
        assert careful == fast


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"b":2,"a":1}',
        b'{"a":{"x":1},"a":{"x":1}}',
        b'[{"":1, "" :1}]',
        b'{"a":"b\\"","a":"b\\""}',
        b'{ "a":1,"\\u0061":1 }',
        b'{"a b":1,"a b":1}',
    ],
)
def test_a_key_that_stands_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(DuplicateKey):
        decode(raw)


def test_keys_that_differ_in_spaces_are_two() -> None:
    assert decode(b'{"a b":1,"ab":2}').exact == {"a b": 1, "ab": 2}


@pytest.mark.parametrize("number", ["1.0", "-0.0", "1e+22", "12", "0.1"])
def test_a_number_that_is_written_the_same_needs_one_tree(number: str) -> None:
    decoded = decode(f'{{ "value" : {number} }}'.encode())

    assert decoded.exact is decoded.value


@pytest.mark.parametrize("number", ["1.10", "-0", "1E3", "1e3", "18446744073709551616"])
def test_a_number_that_would_be_written_otherwise_keeps_its_text(number: str) -> None:
    decoded = decode(number.encode())

    assert same(decoded.exact, Lexeme(number))
    assert math.isclose(decoded.value, float(number))


def test_a_number_beyond_all_floats_is_refused_with_its_place() -> None:
    bundle = b'{"resourceType":"Bundle","entry":[\n{"resource":{"a":[1,1e400]}}]}'

    with pytest.raises(NumberTooLarge) as alone:
        decode(b'{"a":\n 1e400}')
    with pytest.raises(NumberTooLarge) as inside:
        decode_bundle(bundle, max_bytes=LARGEST)

    assert (alone.value.details["line"], inside.value.details["line"]) == (2, 2)


@pytest.mark.parametrize("inmost", [b"", b"1", b"{}", b'{"a":1}'])
@pytest.mark.parametrize("depth", [62, 63, 64, 65, 66, 254, 255, 1_000, 1_025, 100_000])
def test_depth_is_refused_at_the_same_level(depth: int, inmost: bytes) -> None:
    raw = b"[" * depth + inmost + b"]" * depth
    depth += b"{" in inmost

    if depth <= 64:
        assert numbered(decode(raw).exact) == parse(raw)
    else:
        with pytest.raises(TooDeep):
            decode(raw)


def test_limits_hold_for_one_value_and_for_each_resource() -> None:
    bundle = b'{"entry":[{"resource":{"a":"' + b"x" * 100 + b'"}}]}'

    with pytest.raises(TooLarge):
        decode(b"[" + b" " * MAX_BYTES + b"]")
    with pytest.raises(TooLarge):
        decode_bundle(bundle, max_bytes=100)
    with pytest.raises(TooLarge):
        decode_bundle(bundle, max_bytes=LARGEST, max_resource=100)
    assert decode_bundle(bundle, max_bytes=LARGEST, max_resource=108)[1][0].raw == bundle[22:-3]


@settings(max_examples=1_000, deadline=None)
@given(bundles())
def test_a_bundle_has_the_entries_that_the_careful_walk_finds(raw: bytes) -> None:
    careful = outcome(lambda: bundle_entries(raw, max_bytes=LARGEST))
    fast = outcome(lambda: decode_bundle(raw, max_bytes=LARGEST))

    if isinstance(fast[0], type):
        assert careful == fast
        return
    assert same(careful[0], numbered(fast[0]))
    for entry, decoded in zip(careful[1], fast[1], strict=True):
        assert entry.raw == decoded.raw
        assert same(entry.members, numbered(decoded.members))
        exact = decoded.resource.exact if decoded.resource else None
        assert same(entry.resource, numbered(exact))


def test_what_follows_a_bundle_is_refused() -> None:
    with pytest.raises(SalusError):
        decode_bundle(b'{"entry":[]} 1', max_bytes=LARGEST)
    with pytest.raises(NotABundle):
        decode_bundle(b'{"entry":[{"resource":{}},2]}', max_bytes=LARGEST)


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
def test_how_a_bundle_is_indented_costs_no_careful_walk(
    indent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = {"resourceType": "Observation", "value": 1.5, "note": [{"text": "} é ]"}, {}, []]}
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:1", "resource": resource}] * 3}
    raw = json.dumps(bundle, indent=indent).replace("\\u00e9", "é").encode()
    expected = bundle_entries(raw, max_bytes=LARGEST)

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("salus.kernel.decoding.bundle_entries", never)
    members, entries = decode_bundle(raw, max_bytes=LARGEST)

    assert expected[0] == members
    assert [each.raw for each in expected[1]] == [each.raw for each in entries]
    assert all(each.resource and each.resource.exact is each.resource.value for each in entries)
