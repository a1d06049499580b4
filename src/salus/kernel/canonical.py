"""Canonical JSON that keeps the text of numbers ("FHIR-JCS").

RFC 8785 with one difference: a number keeps its lexeme, because `1.0` and `1.00` differ in FHIR.
The parser refuses what the standard one accepts: duplicate keys, NaN, lone surrogates, any depth.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from json.encoder import encode_basestring
from json.scanner import make_scanner
from typing import Any, BinaryIO

from salus.kernel.errors import SalusError
from salus.kernel.json_errors import (
    ByteOrderMark,
    DuplicateKey,
    LoneSurrogate,
    NotABundle,
    NotANumber,
    NotJson,
    NotUtf8,
    TooDeep,
    TooLarge,
    first_fault,
    place,
    too_deep,
)

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "ByteOrderMark",
    "DuplicateKey",
    "Entry",
    "Lexeme",
    "Line",
    "LoneSurrogate",
    "NotABundle",
    "NotANumber",
    "NotJson",
    "NotUtf8",
    "TooDeep",
    "TooLarge",
    "bundle_entries",
    "canonical",
    "is_deeper",
    "ndjson_lines",
    "ordered_keys",
    "parse",
    "scalar_text",
]
MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64
_WHITE = frozenset(" \t\n\r")
_SAFE = 10_000  # calls that any stack holds
_SPACE = re.compile(r"[ \t\n\r]*")


class Lexeme(str):
    """A JSON number as it was written."""

    __slots__ = ()


class _Fault(Exception):
    """The scanner met what the standard one accepts; the place is found afterwards."""


class _Context:
    """What the C scanner of the standard library reads its rules from."""

    strict = True
    object_hook = None
    memo: dict[str, str]

    def __init__(self) -> None:
        self.memo = {}

    parse_float = parse_int = Lexeme

    @staticmethod
    def parse_constant(_: str) -> Any:
        raise _Fault

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _Fault
        return members


_scan = make_scanner(_Context())  # type: ignore[arg-type]  # any object with these members


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """One JSON value with numbers as `Lexeme`.

    Raises TooLarge, TooDeep, NotJson, DuplicateKey, LoneSurrogate, NotANumber.
    """
    text = _decode(raw, max_bytes)
    value, end = _value(text, _skip(text, 0), max_depth)
    if end != len(text) and _skip(text, end) != len(text):
        raise NotJson(**place(text, _skip(text, end)))
    return value


def _decode(raw: bytes, max_bytes: int) -> str:
    if len(raw) > max_bytes:
        raise TooLarge(size=len(raw), limit=max_bytes)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        raise NotUtf8(**place(before, len(before))) from None
    if text.startswith("\ufeff"):
        raise ByteOrderMark(line=1, column=1)
    return text


def _skip(text: str, at: int) -> int:
    """Where white space ends."""
    if text[at : at + 1] not in _WHITE:
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, max_depth: int) -> tuple[Any, int]:
    """One value and where it ends."""
    if sys.getrecursionlimit() > _SAFE and (deep := too_deep(text, at, max_depth)):
        raise deep  # a library raised the limit beyond what the scanner's stack holds
    try:
        value, end = _scan(text, at)
    except StopIteration as stop:
        raise _bad(text, at, max_depth, NotJson(**place(text, stop.value))) from None
    except JSONDecodeError as error:
        fault = NotJson(line=error.lineno, column=error.colno)
        raise _bad(text, at, max_depth, fault) from None
    except (_Fault, RecursionError):
        raise first_fault(text, at, max_depth) or NotJson(**place(text, at)) from None
    if text.find("\\u", at, end) >= 0:
        _check_surrogates(text, at, end)
    if text.count("{", at, end) + text.count("[", at, end) > max_depth:
        _check_depth(value, text, at, max_depth)
    return value, end


def _bad(text: str, at: int, max_depth: int, fault: NotJson) -> SalusError:
    """Depth goes first: how deep the scanner itself can go depends on who called it."""
    return too_deep(text, at, max_depth) or fault


def _check_depth(value: Any, text: str, at: int, limit: int) -> None:
    """Raises TooDeep."""
    if is_deeper(value, limit):
        raise first_fault(text, at, limit) or TooDeep(limit=limit, **place(text, at))


def is_deeper(value: Any, limit: int) -> bool:
    """Whether containers stand inside one another beyond a limit; peels one level a pass."""
    level = [value]
    for _ in range(limit):
        inside: list[Any] = []
        for each in level:
            if type(each) is dict:
                inside += each.values()
            elif type(each) is list:
                inside += each
        if not inside:
            return False
        level = inside
    return any(isinstance(each, (dict, list)) for each in level)


_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def _check_surrogates(text: str, at: int, end: int) -> None:
    """Walk the escapes of a valid value and refuse half a pair."""
    high_end = -1
    for escape in _ESCAPES.finditer(text, at, end):
        unit = int(escape[1] or "0", 16)
        is_low = 0xDC00 <= unit <= 0xDFFF
        if is_low != (escape.start() == high_end):
            raise LoneSurrogate(**place(text, escape.start()))
        high_end = escape.end() if 0xD800 <= unit <= 0xDBFF else -1
        if high_end >= 0 and text[high_end : high_end + 2] != "\\u":
            raise LoneSurrogate(**place(text, escape.start()))


def canonical(value: Any) -> bytes:
    """The canonical text of a parsed value; plain integers are written as they are."""
    return _text(value).encode("utf-8")


_WORDS = {None: "null", True: "true", False: "false"}


def scalar_text(value: Any) -> str:
    """The canonical text of what has no members: also `{}`, `[]` and `null`."""
    if isinstance(value, Lexeme):
        return str(value)
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (dict, list)) and not value:
        return "{}" if isinstance(value, dict) else "[]"
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


@dataclass(slots=True)
class _BundleWalk:
    """Walks a Bundle, its array `entry` and each entry by hand; the scanner reads the rest."""

    text: str
    max_resource: int
    max_depth: int

    def member(self, at: int, seen: set[str]) -> tuple[str, int]:
        """The key at an offset, and where its value starts."""
        text = self.text
        if text[at : at + 1] != '"':
            raise NotJson(**place(text, at))
        key, colon = _value(text, at, self.max_depth)
        colon = _skip(text, colon)
        if text[colon : colon + 1] != ":":
            raise NotJson(**place(text, colon))
        if key in seen:
            raise DuplicateKey(key=key[:64], **place(text, at))
        seen.add(key)
        return key, _skip(text, colon + 1)

    def next(self, at: int, closing: str) -> tuple[int, bool]:
        """Past a comma or the closing bracket, and whether it was the bracket."""
        at = _skip(self.text, at)
        found = self.text[at : at + 1]
        if found == closing:
            return at + 1, True
        if found != ",":
            raise NotJson(**place(self.text, at))
        return _skip(self.text, at + 1), False

    def begin(self, at: int, brackets: str, where: str) -> tuple[int, bool]:
        """Past an opening bracket, and whether the closing one follows at once."""
        if self.text[at : at + 1] != brackets[0]:
            raise NotABundle(where=where, **place(self.text, at))
        at = _skip(self.text, at + 1)
        is_empty = self.text[at : at + 1] == brackets[1]
        return at + is_empty, is_empty

    def entry(self, at: int, where: str) -> tuple[Entry, int]:
        members: dict[str, Any] = {}
        resource, raw, seen = None, b"", set[str]()
        at, is_over = self.begin(at, "{}", where)
        while not is_over:
            key, start = self.member(at, seen)
            value, end = _value(self.text, start, self.max_depth)
            if key == "resource":
                resource, raw = value, self.text[start:end].encode()
            else:
                members[key] = value
            at, is_over = self.next(end, "}")
        if len(raw) > self.max_resource:
            raise TooLarge(size=len(raw), limit=self.max_resource, where=where)
        return Entry(members, resource, raw), at

    def entries(self, at: int) -> tuple[list[Entry], int]:
        found: list[Entry] = []
        at, is_over = self.begin(at, "[]", "entry")
        while not is_over:
            each, at = self.entry(at, f"entry[{len(found)}]")
            found.append(each)
            at, is_over = self.next(at, "]")
        return found, at

    def bundle(self) -> tuple[dict[str, Any], list[Entry]]:
        members: dict[str, Any] = {}
        entries: list[Entry] = []
        seen = set[str]()
        at, is_over = self.begin(_skip(self.text, 0), "{}", "Bundle")
        while not is_over:
            key, start = self.member(at, seen)
            if key == "entry":
                entries, end = self.entries(start)
            else:
                members[key], end = _value(self.text, start, self.max_depth)
            at, is_over = self.next(end, "}")
        if _skip(self.text, at) != len(self.text):
            raise NotJson(**place(self.text, _skip(self.text, at)))
        return members, entries


def bundle_entries(
    raw: bytes, *, max_bytes: int, max_resource: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> tuple[dict[str, Any], list[Entry]]:
    """A FHIR Bundle in one pass: its members but `entry`, and every entry.

    Raises what `parse` raises, and NotABundle. The limits of size and depth are each resource's.
    """
    return _BundleWalk(_decode(raw, max_bytes), max_resource, max_depth).bundle()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of NDJSON: its number from 1, its bytes without white space around, the value."""

    number: int
    raw: bytes
    parsed: Any


def ndjson_lines(
    handle: BinaryIO, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Iterator[Line]:
    """The lines of an open file that are not blank, one in memory at a time.

    Raises what `parse` raises; the detail `line` counts in the file, with TooLarge as well.
    """
    number = 0
    while line := handle.readline(max_bytes + 3):
        number += 1
        raw = line.strip(b" \t\r\n")
        if not raw:
            continue
        try:
            parsed = parse(raw, max_bytes=max_bytes, max_depth=max_depth)
        except SalusError as error:
            error.details["line"] = number
            raise
        yield Line(number, raw, parsed)
