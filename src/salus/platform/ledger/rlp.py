"""Recursive length prefix, the encoding of transactions and blocks (yellow paper, appendix B).

The library of that name costs five times a transaction; a test compares the two.
"""

from collections.abc import Sequence


class NotRlp(ValueError):
    """Not the one encoding of a value."""


EMPTY_STRING, EMPTY_LIST = b"\x80", b"\xc0"
_SHORT = tuple(bytes((0x80 + length,)) for length in range(56))


def string(content: bytes) -> bytes:
    length = len(content)
    if length == 1 and content[0] < 0x80:
        return content
    return (_SHORT[length] if length < 56 else _prefix(0x80, length)) + content


def number(value: int) -> bytes:
    """A scalar: big-endian without leading zeros."""
    if value < 0x80:
        return bytes((value,)) if value else EMPTY_STRING
    length = (value.bit_length() + 7) // 8
    return _SHORT[length] + value.to_bytes(length, "big")


def sequence(members: Sequence[bytes]) -> bytes:
    """A list of members that are encoded already."""
    content = b"".join(members)
    return _prefix(0xC0, len(content)) + content


def _prefix(base: int, length: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = (length.bit_length() + 7) // 8
    return bytes((base + 55 + size,)) + length.to_bytes(size, "big")


def flat(raw: bytes, *, empty_list_at: int | None = None) -> list[bytes]:
    """The members of a list of strings; at one place may stand an empty list, given as `b""`.

    Raises NotRlp for any other shape or any encoding that is not the shortest.
    """
    base, at, end = _span(raw, 0)
    if base != 0xC0 or end != len(raw):
        raise NotRlp
    members: list[bytes] = []
    while at < end:
        kind, start, at = _span(raw, at)
        wanted = 0xC0 if len(members) == empty_list_at else 0x80
        if kind != wanted or (kind == 0xC0 and start != at):
            raise NotRlp
        members.append(raw[start:at])
    if at != end:
        raise NotRlp
    return members


def _span(raw: bytes, at: int) -> tuple[int, int, int]:
    """Kind (80 or c0), start and end of the content of what stands at `at`."""
    if at >= len(raw):
        raise NotRlp
    first = raw[at]
    if first < 0x80:
        return 0x80, at, at + 1
    base = 0xC0 if first >= 0xC0 else 0x80
    length, start = first - base, at + 1
    if length > 55:
        size, length = length - 55, int.from_bytes(raw[start : start + length - 55], "big")
        if length < 56 or raw[start] == 0:
            raise NotRlp
        start += size
    if start + length > len(raw):
        raise NotRlp
    if base == 0x80 and length == 1 and raw[start] < 0x80:
        raise NotRlp
    return base, start, start + length
