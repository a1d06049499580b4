"""JSON by the fast decoder, and by the careful one only where the fast one would lose something.

orjson refuses all that is not JSON, but keeps neither a key that stands twice nor the text of a
number. Where it loses something, its own text of the value is not the text that it read.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError
from typing import Any, Final

from orjson import OPT_INDENT_2, JSONEncodeError, dumps, loads

from salus.kernel.canonical import MAX_BYTES, MAX_DEPTH, bundle_entries, is_deeper, parse
from salus.kernel.errors import SalusError
from salus.kernel.json_errors import NumberTooLarge

_WHITE: Final = b" \t\r\n"
_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_CLOSING: Final = (b"}", b"]")
_WIDER: Final = 8  # times the compact text: white space beyond that is read carefully


@dataclass(frozen=True, slots=True)
class Decoded:
    """A JSON value twice; most need one tree for both.

    value: numbers as int and float, for whoever compares them
    exact: each number as `Lexeme`, or as int and float where orjson writes all as they stood
    """

    value: Any
    exact: Any


def decode(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Decoded:
    """One JSON value. Raises what `canonical.parse` raises, and NumberTooLarge."""
    if len(raw) > max_bytes:
        parse(raw, max_bytes=max_bytes)
    try:
        value = loads(raw)
    except JSONDecodeError as error:
        parse(raw, max_bytes=max_bytes, max_depth=max_depth)
        raise _beyond_floats(error) from None
    if _is_flat(value, raw, max_depth) and _is_kept(raw, dumps(value)):
        return Decoded(value, value)
    return Decoded(value, parse(raw, max_bytes=max_bytes, max_depth=max_depth))


def _beyond_floats(error: JSONDecodeError) -> NumberTooLarge:
    """All that the careful parser takes and orjson does not: a number that is none for it."""
    return NumberTooLarge(line=error.lineno, column=error.colno)


def _is_flat(value: Any, raw: bytes, limit: int) -> bool:
    """Whether nothing stands deeper than a limit: where it does, a line is indented so far."""
    if len(raw) <= limit or raw.count(b"{") + raw.count(b"[") <= limit:
        return True
    try:
        lines = dumps(value, option=OPT_INDENT_2)
    except JSONEncodeError:  # deeper than orjson writes
        return False
    return b"\n" + b"  " * limit not in lines or not is_deeper(value, limit)


def _is_kept(raw: bytes, written: bytes) -> bool:
    """Whether what was decoded and written again is what was read, white space aside.

    White space goes from both texts, inside strings too. What is left is JSON with the same tokens
    in the same order, since no token ends at white space alone. So each number has its text, and
    no key stood twice: it would have been written once.
    """
    return raw == written or raw.translate(None, _WHITE) == written.translate(None, _WHITE)


@dataclass(frozen=True, slots=True)
class DecodedEntry:
    """One entry of a Bundle: its members, and the resource as decoded and as written."""

    members: dict[str, Any]
    resource: Decoded | None
    raw: bytes


def decode_bundle(
    raw: bytes, *, max_bytes: int, max_resource: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> tuple[dict[str, Any], list[DecodedEntry]]:
    """A FHIR Bundle: its members but `entry`, and every entry.

    Raises what `canonical.bundle_entries` raises, and NumberTooLarge.
    """
    beyond: NumberTooLarge | None = None
    try:
        if len(raw) <= max_bytes:
            with suppress(_Doubt, SalusError, JSONEncodeError):
                bundle = loads(raw)
                return _BundleWalk(raw, max_resource, max_depth).bundle(bundle)
    except JSONDecodeError as error:
        beyond = _beyond_floats(error)
    members, entries = bundle_entries(
        raw, max_bytes=max_bytes, max_resource=max_resource, max_depth=max_depth
    )
    if beyond is not None:
        raise beyond
    found = [
        DecodedEntry(
            each.members, Decoded(loads(each.raw), each.resource) if each.raw else None, each.raw
        )
        for each in entries
    ]
    return members, found


class _Doubt(Exception):
    """The bytes do not stand as the values say; the careful walk finds out why."""


@dataclass(slots=True)
class _BundleWalk:
    """Finds the bytes of each resource of a Bundle whose values are known.

    At its end every key was met once, so each value is the one that stands at its place.
    """

    raw: bytes
    max_resource: int
    max_depth: int
    at: int = 0
    seen: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def past(self, *marks: str) -> None:
        """Past marks with the white space around them, which is mostly as it was last time."""
        glue = self.seen.get(marks, b"\0")
        if not self.raw.startswith(glue, self.at):
            begin = self.at
            for mark in marks:
                self._past(mark.encode())
            self.seen[marks] = glue = self.raw[begin : self.at]
            self.at = begin
        self.at += len(glue)

    def _past(self, mark: bytes) -> None:
        at = _skip(self.raw, self.at)
        if not self.raw.startswith(mark, at):
            raise _Doubt
        self.at = _skip(self.raw, at + len(mark))

    def key(self, before: str, key: str) -> None:
        self.past(before, '"', key, '"', ":")

    def value(self, value: Any) -> tuple[Any, bytes]:
        """Past a value that is known: its exact form, and its bytes."""
        written = dumps(value)
        if self.raw.startswith(written, self.at):
            raw, exact = written, value
        else:
            raw = self._container(written)
            exact = value if _is_kept(raw, written) else parse(raw)
        self.at += len(raw)
        if not _is_flat(value, raw, self.max_depth):
            raise _Doubt
        return exact, raw

    def _container(self, written: bytes) -> bytes:
        """The bytes of an object or array up to the bracket that must be its last.

        If they are not, what ends too early is no JSON, so it can neither be kept nor parsed.
        """
        last = written[-1:]
        window = self.raw[self.at : self.at + _WIDER * len(written)]
        parts = window.split(last, written.count(last)) if last in _CLOSING else ()
        if not parts or window[:1] != written[:1]:
            raise _Doubt
        return window[: len(window) - len(parts[-1])]

    def entry(self, entry: Any, before: str) -> DecodedEntry:
        members: dict[str, Any] = {}
        resource, raw = None, b""
        self.past(before, "{")
        before = ""
        for key, value in _members(entry):
            self.key(before, key)
            if key == "resource":
                exact, raw = self.value(value)
                resource = Decoded(value, exact)
            else:
                members[key], _ = self.value(value)
            before = ","
        self.past("}")
        if len(raw) > self.max_resource:
            raise _Doubt
        return DecodedEntry(members, resource, raw)

    def entries(self, values: Any) -> list[DecodedEntry]:
        if type(values) is not list:
            raise _Doubt
        self.past("[")
        found = [self.entry(each, "," if index else "") for index, each in enumerate(values)]
        self.past("]")
        return found

    def bundle(self, bundle: Any) -> tuple[dict[str, Any], list[DecodedEntry]]:
        members: dict[str, Any] = {}
        entries: list[DecodedEntry] = []
        self.past("{")
        before = ""
        for key, value in _members(bundle):
            self.key(before, key)
            if key == "entry":
                entries = self.entries(value)
            else:
                members[key], _ = self.value(value)
            before = ","
        self.past("}")
        return members, entries


def _skip(raw: bytes, at: int) -> int:
    """Where white space ends."""
    match = _SPACE.match(raw, at)
    return match.end() if match else at


def _members(value: Any) -> Any:
    if type(value) is not dict:
        raise _Doubt
    return value.items()
