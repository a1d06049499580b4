"""Canonical JSON that keeps the text of numbers ("FHIR-JCS").

RFC 8785 with one difference: a number keeps its lexeme, because `1.0` and `1.00` differ in FHIR.
The parser refuses what the standard one accepts: duplicate keys, NaN, lone surrogates, any depth.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from json.encoder import encode_basestring
from json.scanner import c_make_scanner
from typing import Any

from salus.kernel.errors import SalusError

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64
_SPACE = re.compile(r"[ \t\n\r]*")


class Lexeme(str):
    """A JSON number as it was written."""

    __slots__ = ()


class NotJson(SalusError):
    """This is not JSON: line {line}, column {column}."""

    hint = "Correct the file at that place, or export it again."


class DuplicateKey(SalusError):
    """The key {key} stands twice in one object near line {line}."""

    hint = "Keep one of the two; which one counts would be a guess."


class LoneSurrogate(SalusError):
    """A string holds half of a character (a lone surrogate) near line {line}."""

    hint = "Export the file again as UTF-8."


class NotANumber(SalusError):
    """{name} is not a JSON number."""

    hint = "Leave the element out, or give a data-absent-reason."


class TooDeep(SalusError):
    """The JSON is nested deeper than {limit} levels."""

    hint = "No FHIR resource needs that; check how the file was made."


class TooLarge(SalusError):
    """The resource has {size} bytes; the limit is {limit}."""

    hint = "Move large attachments into a Binary of their own."
    status = 413


class NotABundle(SalusError):
    """The Bundle is not well formed at {where}."""

    hint = "A Bundle is one JSON object with an array `entry` of objects."


class _Context:
    """What the C scanner of the standard library reads its rules from."""

    strict = True
    object_hook = None
    memo: dict[str, str]

    def __init__(self) -> None:
        self.memo = {}

    parse_float = parse_int = Lexeme

    @staticmethod
    def parse_constant(name: str) -> Any:
        raise NotANumber(name=name)

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _Duplicate(_first_duplicate(pairs))
        return members


class _Duplicate(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _first_duplicate(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("no duplicate")


_scan = c_make_scanner(_Context())


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """One JSON value with numbers as `Lexeme`.

    Raises TooLarge, TooDeep, NotJson, DuplicateKey, LoneSurrogate, NotANumber.
    """
    text = decode(raw, max_bytes=max_bytes)
    value, end = _value(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise _not_json(text, end)
    check_depth(value, max_depth)
    return value


def decode(raw: bytes, *, max_bytes: int) -> str:
    """The text of a JSON document. Raises TooLarge and NotJson."""
    if len(raw) > max_bytes:
        raise TooLarge(size=len(raw), limit=max_bytes)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_json(raw[: error.start].decode("utf-8"), error.start) from None
    if text.startswith("\ufeff"):
        raise NotJson(line=1, column=1)
    return text


def check_depth(value: Any, limit: int) -> None:
    """Raises TooDeep. Peels the outermost containers, one level a pass."""
    level = [value]
    for _ in range(limit):
        inside: list[Any] = []
        for each in level:
            if type(each) is dict:
                inside += each.values()
            elif type(each) is list:
                inside += each
        if not inside:
            return
        level = inside
    if any(type(each) in {dict, list} for each in level):
        raise TooDeep(limit=limit)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = _scan(text, at)
    except StopIteration as stop:
        raise _not_json(text, stop.value) from None
    except JSONDecodeError as error:
        raise NotJson(line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise TooDeep(limit=MAX_DEPTH) from None
    except _Duplicate as duplicate:
        line = text.count("\n", 0, text.find(f'"{duplicate.key}"', at)) + 1
        raise DuplicateKey(key=duplicate.key[:64], line=line) from None
    if text.find("\\u", at, end) >= 0:
        _check_surrogates(text, at, end)
    return value, end


_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def _check_surrogates(text: str, at: int, end: int) -> None:
    """Walk the escapes of a valid value and refuse half a pair."""
    high_end = -1
    for escape in _ESCAPES.finditer(text, at, end):
        unit = int(escape[1] or "0", 16)
        is_low = 0xDC00 <= unit <= 0xDFFF
        if is_low != (escape.start() == high_end):
            raise _lone(text, escape.start())
        high_end = escape.end() if 0xD800 <= unit <= 0xDBFF else -1
        if high_end >= 0 and text[high_end : high_end + 2] != "\\u":
            raise _lone(text, high_end)


def _lone(text: str, at: int) -> LoneSurrogate:
    return LoneSurrogate(line=text.count("\n", 0, at) + 1)


def _not_json(text: str, at: int) -> NotJson:
    before = text[:at]
    return NotJson(line=before.count("\n") + 1, column=at - before.rfind("\n"))


def canonical(value: Any) -> bytes:
    """The canonical text of a parsed value; plain integers are written as they are."""
    return _text(value).encode("utf-8")


def scalar_text(value: Any) -> str:
    """The canonical text of what has no members: also `{}`, `[]` and `null`."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, (Lexeme, int)):
        return str(value)
    if isinstance(value, str):
        return encode_basestring(value)
    if value == {}:
        return "{}"
    if value == []:
        return "[]"
    raise TypeError(f"{type(value).__name__} has no canonical text")


def ordered_keys(members: dict[str, Any]) -> list[str]:
    """Keys in the order of their UTF-16 code units (RFC 8785 section 3.2.3)."""
    keys = sorted(members)
    if not "".join(keys).isascii():
        keys.sort(key=lambda key: key.encode("utf-16-be"))
    return keys


def _text(value: Any) -> str:
    if isinstance(value, dict) and value:
        inside = ",".join(
            f"{encode_basestring(key)}:{_text(value[key])}" for key in ordered_keys(value)
        )
        return f"{{{inside}}}"
    if isinstance(value, list) and value:
        return f"[{','.join(map(_text, value))}]"
    return scalar_text(value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a Bundle: its members, and the resource as parsed and as written."""

    members: dict[str, Any]
    resource: Any
    raw: bytes


def bundle_entries(
    raw: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH
) -> tuple[dict[str, Any], list[Entry]]:
    """A FHIR Bundle in one pass: its members but `entry`, and every entry.

    Raises what `parse` raises, and NotABundle.
    """
    text = decode(raw, max_bytes=max_bytes)
    members: dict[str, Any] = {}
    entries: list[Entry] = []

    def entry(at: int) -> int:
        inside, resource, own = {}, None, b""

        def member(key: str, start: int) -> int:
            nonlocal resource, own
            value, end = _value(text, start)
            check_depth(value, max_depth)
            if key == "resource":
                resource, own = value, text[start:end].encode()
            inside[key] = value if key != "resource" else None
            return end

        end = _object(text, at, member, where=f"entry[{len(entries)}]")
        inside.pop("resource", None)
        entries.append(Entry(inside, resource, own))
        return end

    def top(key: str, start: int) -> int:
        if key == "entry":
            return _array(text, start, entry, where="entry")
        members[key], end = _value(text, start)
        return end

    end = _object(text, _skip(text, 0), top, where="Bundle")
    if _skip(text, end) != len(text):
        raise _not_json(text, end)
    return members, entries


def _object(text: str, at: int, member: Callable[[str, int], int], *, where: str) -> int:
    """Walk one object by hand; `member` reads a value and tells where it ends."""
    if text[at : at + 1] != "{":
        raise NotABundle(where=where)
    seen: set[str] = set()
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise _not_json(text, at)
        key, colon = _value(text, at)
        colon = _skip(text, colon)
        if text[colon : colon + 1] != ":":
            raise _not_json(text, colon)
        if key in seen:
            raise DuplicateKey(key=key[:64], line=text.count("\n", 0, at) + 1)
        seen.add(key)
        at = _skip(text, member(key, _skip(text, colon + 1)))
        if text[at : at + 1] == "}":
            return at + 1
        if text[at : at + 1] != ",":
            raise _not_json(text, at)
        at = _skip(text, at + 1)


def _array(text: str, at: int, element: Callable[[int], int], *, where: str) -> int:
    if text[at : at + 1] != "[":
        raise NotABundle(where=where)
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        at = _skip(text, element(at))
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise _not_json(text, at)
        at = _skip(text, at + 1)
