"""Canonical JSON that keeps the text of numbers, and refuses what is not exactly JSON."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import (
    ByteOrderMark,
    DuplicateKey,
    Entry,
    Lexeme,
    LoneSurrogate,
    NotABundle,
    NotANumber,
    NotJson,
    NotUtf8,
    TooDeep,
    TooLarge,
    bundle_entries,
    canonical,
    ndjson_lines,
    parse,
)
from salus.kernel.errors import SalusError

RFC_8785 = json.loads((Path(__file__).parent / "vectors" / "rfc8785.json").read_text())["vectors"]
# What the RFC writes for the numbers of its vectors, and what they were.
NUMBERS = {
    "[333333333.3333333,1e+30,4.5,0.002,1e-27]": (
        "[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]"
    ),
    '"\\n":56,': '"\\n":56.0,',
}


@pytest.mark.parametrize("vector", RFC_8785, ids=lambda vector: vector["name"])
def test_vectors_of_the_rfc_but_for_numbers(vector: dict[str, str]) -> None:
    expected = vector["output"].strip()
    for shown, written in NUMBERS.items():
        expected = expected.replace(shown, written)

    assert expected == canonical(parse(vector["input"].encode())).decode()


def test_keys_are_ordered_by_utf_16_units_not_by_code_points() -> None:
    high, low = "\U0001f600", "\ufb33"

    assert f'{{"{high}":1,"{low}":2}}'.encode() == canonical(
        parse(f'{{"{low}":2,"{high}":1}}'.encode())
    )


@pytest.mark.parametrize(
    "number",
    ["0", "-0", "4.0", "1.10", "1E3", "1e+3", "-1.5e-7", "9" * 400, "0.30000000000000004"],
)
def test_a_number_keeps_its_text(number: str) -> None:
    assert (Lexeme(number), number.encode()) == (
        parse(number.encode()),
        canonical(parse(number.encode())),
    )


def test_a_number_is_no_string() -> None:
    assert canonical(parse(b'[1.0,"1.0"]')) == b'[1.0,"1.0"]'


def test_control_characters_are_escaped_as_in_the_rfc() -> None:
    text = "".join(map(chr, range(32))) + "\x7f\x80\u2028/"

    assert (
        '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e'
        "\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a"
        '\\u001b\\u001c\\u001d\\u001e\\u001f\x7f\x80\u2028/"'
    ).encode() == canonical(text)


def test_unicode_is_not_normalized() -> None:
    assert canonical("A\u030a") != canonical("\u00c5")


def test_floats_have_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical({"value": 1.5})


lexemes = st.from_regex(
    r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
)
scalars = st.none() | st.booleans() | st.text() | lexemes.map(Lexeme)
values = st.recursive(
    scalars, lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside), max_leaves=25
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_what_is_canonical_stays_so(value: Any) -> None:
    text = canonical(value)

    assert value == parse(text)
    assert text == canonical(parse(text))


def written(value: Any, gap: str) -> str:
    """Some other way to write the same value: escapes, white space, members in another order."""
    if isinstance(value, Lexeme):
        return str(value)
    if isinstance(value, dict):
        members = [
            f"{written(key, gap)}{gap}:{gap}{written(each, gap)}" for key, each in value.items()
        ]
        return "{" + gap + f"{gap},{gap}".join(reversed(members)) + gap + "}"
    if isinstance(value, list):
        return f"[{gap}" + f"{gap},".join(written(each, gap) for each in value) + gap + "]"
    return json.dumps(value, ensure_ascii=True)


@settings(max_examples=200, deadline=None)
@given(values, st.sampled_from(["", " ", "\n\t", "\r\n"]))
def test_every_way_to_write_a_value_has_one_canonical_text(value: Any, gap: str) -> None:
    assert canonical(value) == canonical(parse((gap + written(value, gap) + gap).encode()))


BAD: dict[str, tuple[bytes, type[SalusError], int, int]] = {
    "nothing": (b"", NotJson, 1, 1),
    "only_space": (b" \n ", NotJson, 2, 2),
    "two_values": (b"{} {}", NotJson, 1, 4),
    "trailing_comma_in_object": (b'{"a":1,}', NotJson, 1, 8),
    "trailing_comma_in_array": (b"[1,]", NotJson, 1, 4),
    "missing_colon": (b'{"a" 1}', NotJson, 1, 6),
    "missing_comma": (b'{\n "a": 1\n "b": 2}', NotJson, 3, 2),
    "single_quotes": (b"{'a':1}", NotJson, 1, 2),
    "bare_key": (b"{a:1}", NotJson, 1, 2),
    "comment": (b"[1, /* one */ 2]", NotJson, 1, 5),
    "open_object": (b'{"a":1', NotJson, 1, 7),
    "open_string": (b'["a', NotJson, 1, 2),
    "literal_cut_short": (b"[tru]", NotJson, 1, 2),
    "leading_zero": (b"[01]", NotJson, 1, 3),
    "leading_plus": (b"[+1]", NotJson, 1, 2),
    "leading_dot": (b"[.5]", NotJson, 1, 2),
    "trailing_dot": (b"[1.]", NotJson, 1, 3),
    "empty_exponent": (b"[1e]", NotJson, 1, 3),
    "lone_minus": (b"[-]", NotJson, 1, 2),
    "hexadecimal": (b"[0x10]", NotJson, 1, 3),
    "arabic_digits": ("[\u0661]".encode(), NotJson, 1, 2),
    "bad_escape": (b'["\\x41"]', NotJson, 1, 3),
    "short_unicode_escape": (b'["\\u12"]', NotJson, 1, 4),
    "newline_in_string": (b'["a\nb"]', NotJson, 1, 4),
    "null_character_in_string": (b'["\x00"]', NotJson, 1, 3),
    "no_break_space_outside": ("\u00a0[]".encode(), NotJson, 1, 1),
    "byte_order_mark": (b"\xef\xbb\xbf{}", ByteOrderMark, 1, 1),
    "utf_16": ("\ufeff{}".encode("utf-16-le"), NotUtf8, 1, 1),
    "latin_1": ('{\n"n\xe4me":1}'.encode("latin-1"), NotUtf8, 2, 3),
    "latin_1_after_an_umlaut": ('["\xfc'.encode() + b"\xfc", NotUtf8, 1, 4),
    "surrogate_in_utf_8": (b'["\xed\xa0\x80"]', NotUtf8, 1, 3),
    "overlong_utf_8": (b'["\xc0\x80"]', NotUtf8, 1, 3),
    "lone_high_surrogate": (b'[1,\n"a\\ud83d"]', LoneSurrogate, 2, 3),
    "lone_low_surrogate": (b'["\\ude00"]', LoneSurrogate, 1, 3),
    "high_surrogate_before_text": (b'["\\ud83dx\\ude00"]', LoneSurrogate, 1, 3),
    "high_surrogate_twice": (b'["\\ud83d\\ud83d\\ude00"]', LoneSurrogate, 1, 9),
    "surrogates_swapped": (b'["\\ude00\\ud83d"]', LoneSurrogate, 1, 3),
    "lone_surrogate_in_key": (b'{"\\ud83d":1}', LoneSurrogate, 1, 3),
    "surrogates_in_two_strings": (b'["\\ud83d","\\ude00"]', LoneSurrogate, 1, 3),
    "duplicate_key": (b'{"a":1,\n "a":2}', DuplicateKey, 2, 2),
    "duplicate_key_in_another_spelling": (b'{"a":1,"\\u0061":2}', DuplicateKey, 1, 8),
    "duplicate_key_deep_inside": (b'[{"a":{"b":[{"c":1,"d":{},"c":2}]}}]', DuplicateKey, 1, 27),
    "duplicate_key_that_is_a_text_before": (b'{"x":"a","a":"a","a":1}', DuplicateKey, 1, 18),
    "not_a_number": (b'{"a":\nNaN}', NotANumber, 2, 1),
    "infinity": (b"[Infinity]", NotANumber, 1, 2),
    "minus_infinity": (b'["NaN", -Infinity]', NotANumber, 1, 9),
    "depth_65": (b"[" * 65 + b"]" * 65, TooDeep, 1, 65),
    "depth_65_with_a_scalar": (b'{"a":' * 65 + b"1" + b"}" * 65, TooDeep, 1, 321),
    "depth_without_end": (b"[" * 100_000, TooDeep, 1, 65),
    "depth_of_keys_without_end": (b'{"a":' * 50_000, TooDeep, 1, 321),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_json_is_refused_with_its_place(name: str) -> None:
    raw, kind, line, column = BAD[name]

    with pytest.raises(SalusError) as caught:
        parse(raw)

    assert kind is type(caught.value)
    assert (line, column) == (caught.value.details["line"], caught.value.details["column"])
    assert str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 64 + b"]" * 64,
        b"[" * 64 + b"1" + b"]" * 64,
        b'["' + b"[" * 100 + b'"]',
        b"[" + b",".join([b"{}"] * 500) + b"]",
        b'["\\ud83d\\ude00", "\\\\ud83d", "\\u0000"]',
        b'{"NaN": "Infinity", "a": {"a": {"a": 1}}}',
        b'[{"a":1},{"a":1}]',
        b'"\x7f"',
    ],
)
def test_unusual_json_is_taken(raw: bytes) -> None:
    assert json.loads(raw) == json.loads(canonical(parse(raw)))


def test_a_value_of_the_largest_size_is_taken_and_one_byte_more_is_not() -> None:
    raw = b'"' + b"x" * 98 + b'"'

    assert parse(raw, max_bytes=100) == "x" * 98
    with pytest.raises(TooLarge) as caught:
        parse(raw + b" ", max_bytes=100)
    assert caught.value.details == {"size": 101, "limit": 100}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:\\u0d8 1e.-aN', max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_refused_by_name(raw: bytes) -> None:
    try:
        value = parse(raw)
    except SalusError as error:
        assert {"line", "column"} <= error.details.keys()  # noqa: PT017 - either way is right
    else:
        assert value == parse(canonical(value))


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 200_000, b'{"a":1,"a":' + b'"\\"' * 100_000])
def test_hostile_input_takes_linear_time(raw: bytes) -> None:
    with pytest.raises(SalusError):
        parse(raw)


BUNDLE = b"""{
  "resourceType": "Bundle",
  "entry": [
    {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient",  "n": 1.50},
     "request": {"method": "POST"} } ,
    { "resource" : { "a" : [ "\xc3\xa9", "\\ud83d\\ude00" ] } },
    {}
  ] ,
  "type": "transaction"
}
"""


def test_a_bundle_gives_each_resource_as_written_and_as_parsed() -> None:
    members, entries = bundle_entries(BUNDLE, max_bytes=10_000)

    assert members == {"resourceType": "Bundle", "type": "transaction"}
    assert [
        Entry(
            {"fullUrl": "urn:uuid:1", "request": {"method": "POST"}},
            {"resourceType": "Patient", "n": Lexeme("1.50")},
            b'{"resourceType": "Patient",  "n": 1.50}',
        ),
        Entry({}, {"a": ["\xe9", "\U0001f600"]}, b'{ "a" : [ "\xc3\xa9", "\\ud83d\\ude00" ] }'),
        Entry({}, None, b""),
    ] == entries


@settings(max_examples=100, deadline=None)
@given(st.lists(values, max_size=5), st.sampled_from(["", " ", "\n"]))
def test_the_resources_of_a_bundle_are_slices_of_it(resources: list[Any], gap: str) -> None:
    bundle = {"entry": [{"resource": each, "fullUrl": "x"} for each in resources], "type": "t"}
    raw = written(bundle, gap).encode()

    members, entries = bundle_entries(raw, max_bytes=len(raw))

    assert ({"type": "t"}, resources) == (members, [entry.resource for entry in entries])
    assert all(entry.raw in raw and parse(entry.raw) == entry.resource for entry in entries)


BAD_BUNDLES: dict[str, tuple[bytes, type[SalusError], int, int]] = {
    "an_array": (b"[]", NotABundle, 1, 1),
    "entry_is_an_object": (b'{"entry":{}}', NotABundle, 1, 10),
    "entry_holds_a_number": (b'{"entry":[{},\n1]}', NotABundle, 2, 1),
    "duplicate_entry": (b'{"entry":[],"entry":[]}', DuplicateKey, 1, 13),
    "duplicate_resource": (b'{"entry":[{"resource":{},"resource":{}}]}', DuplicateKey, 1, 26),
    "duplicate_in_resource": (b'{"entry":[{"resource":{"a":1,"a":1}}]}', DuplicateKey, 1, 30),
    "trailing_comma": (b'{"entry":[{},]}', NotABundle, 1, 14),
    "missing_comma": (b'{"entry":[{}{}]}', NotJson, 1, 13),
    "missing_colon": (b'{"entry" []}', NotJson, 1, 10),
    "key_is_a_number": (b"{1:2}", NotJson, 1, 2),
    "truncated": (b'{"entry":[{"resource":{}}', NotJson, 1, 26),
    "more_after_it": (b'{"entry":[]}\n{}', NotJson, 2, 1),
    "deep_resource": (
        b'{"entry":[{"resource":' + b"[" * 65 + b"]" * 65 + b"}]}",
        TooDeep,
        1,
        87,
    ),
    "nan_in_resource": (b'{"entry":[{"resource":[NaN]}]}', NotANumber, 1, 24),
}


@pytest.mark.parametrize("name", BAD_BUNDLES)
def test_a_bad_bundle_is_refused_with_its_place(name: str) -> None:
    raw, kind, line, column = BAD_BUNDLES[name]

    with pytest.raises(SalusError) as caught:
        bundle_entries(raw, max_bytes=10_000)

    assert kind is type(caught.value)
    assert (line, column) == (caught.value.details["line"], caught.value.details["column"])


def test_a_resource_in_a_bundle_may_be_as_deep_as_one_alone() -> None:
    raw = b'{"entry":[{"resource":' + b"[" * 64 + b"]" * 64 + b"}]}"

    assert len(bundle_entries(raw, max_bytes=10_000)[1]) == 1


def test_a_large_resource_in_a_bundle_is_named_by_its_entry() -> None:
    raw = b'{"entry":[{"resource":{}},{"resource":"' + b"x" * 200 + b'"}]}'

    with pytest.raises(TooLarge) as caught:
        bundle_entries(raw, max_bytes=10_000, max_resource=100)

    assert caught.value.details == {"size": 202, "limit": 100, "where": "entry[1]"}


def test_lines_keep_their_numbers_and_bytes() -> None:
    handle = io.BytesIO(b'{"a": 1.0}\r\n\n  [2] \n"last"')

    assert [(line.number, line.raw, line.parsed) for line in ndjson_lines(handle)] == [
        (1, b'{"a": 1.0}', {"a": "1.0"}),
        (3, b"[2]", ["2"]),
        (4, b'"last"', "last"),
    ]


@pytest.mark.parametrize(
    ("raw", "kind", "line"),
    [
        (b'{}\n{"a":1,"a":2}\n', DuplicateKey, 2),
        (b"{}\n\n{\n", NotJson, 3),
        (b"{}\n" + b"[" * 65 + b"]" * 65, TooDeep, 2),
        (b'{}\n"' + b"x" * 400 + b'"\n{}', TooLarge, 2),
        (b"\xef\xbb\xbf{}\n", ByteOrderMark, 1),
    ],
)
def test_a_bad_line_is_refused_with_its_number(
    raw: bytes, kind: type[SalusError], line: int
) -> None:
    with pytest.raises(kind) as caught:
        list(ndjson_lines(io.BytesIO(raw), max_bytes=300))

    assert line == caught.value.details["line"]


def test_lines_before_a_bad_one_are_given_first() -> None:
    lines = ndjson_lines(io.BytesIO(b"1\n{"))

    assert next(lines).number == 1
    with pytest.raises(NotJson):
        next(lines)
