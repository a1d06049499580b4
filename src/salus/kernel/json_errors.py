"""What may be wrong with JSON, and where.

The fast parser says only that something is wrong; `first_fault` then walks the text again, slowly,
and names the first place in reading order.
"""

import json
import re
from dataclasses import dataclass, field

from salus.kernel.errors import SalusError


class NotJson(SalusError):
    """The text is not JSON: line {line}, column {column}."""

    hint = "Correct the file at that place, or export it again."


class NotUtf8(NotJson):
    """The text is not UTF-8: line {line}, column {column}."""

    hint = "Save the file as UTF-8, or export it again."


class ByteOrderMark(NotJson):
    """The file starts with a byte order mark."""

    hint = "Save the file as UTF-8 without a byte order mark."


class DuplicateKey(SalusError):
    """The key {key} stands twice in one object: line {line}, column {column}."""

    hint = "Keep one of the two; which one counts would be a guess."


class LoneSurrogate(SalusError):
    """A string holds half of a character (a lone surrogate): line {line}, column {column}."""

    hint = "Export the file again as UTF-8."


class NotANumber(SalusError):
    """{name} is not a JSON number: line {line}, column {column}."""

    hint = "Leave the element out, or give a data-absent-reason."


class NumberTooLarge(SalusError):
    """A number is too large to compare: line {line}, column {column}."""

    hint = "Give the value in a larger unit, or leave the element out."


class TooDeep(SalusError):
    """The JSON is nested deeper than {limit} levels: line {line}, column {column}."""

    hint = "No FHIR resource needs that; check how the file was made."


class TooLarge(SalusError):
    """The resource has {size} bytes; the limit is {limit}."""

    hint = "Move large attachments into a Binary of their own."
    status = 413


class NotABundle(SalusError):
    """The Bundle is not well formed at {where}: line {line}, column {column}."""

    hint = "A Bundle is one JSON object with an array `entry` of objects."


def place(text: str, at: int) -> dict[str, int]:
    """Line and column of an offset, both from 1, as details of an error."""
    return {"line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)}


_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


@dataclass(slots=True)
class _Walk:
    text: str
    limit: int
    open: list[set[str] | None] = field(default_factory=list)  # keys of an object; None: an array
    expects_key: bool = False

    def fault(self, word: str, at: int) -> SalusError | None:
        """What this token does wrong, if anything."""
        was_key, self.expects_key = self.expects_key, False
        match word[0]:
            case "{" | "[":
                self.open.append(set() if word == "{" else None)
                self.expects_key = word == "{"
                if len(self.open) > self.limit:
                    return TooDeep(limit=self.limit, **place(self.text, at))
            case "}" | "]":
                self.open.pop()
            case ",":
                self.expects_key = self.open[-1] is not None
            case '"' if was_key:
                return self._key(word, at)
            case _ if word in _CONSTANTS:
                return NotANumber(name=word, **place(self.text, at))
        return None

    def _key(self, word: str, at: int) -> SalusError | None:
        keys, key = self.open[-1], json.loads(word)
        assert keys is not None
        if key in keys:
            shown = key[:64].encode("utf-8", "replace").decode()
            return DuplicateKey(key=shown, **place(self.text, at))
        keys.add(key)
        return None


def too_deep(text: str, at: int, limit: int) -> TooDeep | None:
    """Whether brackets open beyond the limit before the text goes wrong otherwise."""
    depth = 0
    for word in _TOKEN.finditer(text, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(word[0], 0)
        if depth > limit:
            return TooDeep(limit=limit, **place(text, word.start()))
        if depth <= 0:
            return None
    return None


def first_fault(text: str, at: int, limit: int) -> SalusError | None:
    """The first duplicate key, NaN or too deep bracket of the value at an offset.

    For text that the scanner refused for one of these, or read to its end.
    """
    walk = _Walk(text, limit)
    for word in _TOKEN.finditer(text, at):
        error = walk.fault(word[0], word.start())
        if error is not None or not walk.open:
            return error
    return None
