"""Answers of fixed size, read word by word: most views of hot paths, at a tenth of the time."""

from collections.abc import Sequence
from typing import Any

from eth_abi.exceptions import InsufficientDataBytes

from salus.kernel.ids import Address

Shape = tuple["str | Shape", ...]
"""Elementary types and, for structs, shapes of their members."""


def shape_of(entries: Sequence[dict[str, Any]]) -> Shape | None:
    """The shape of ABI entries; None when one of them is of variable size or an array."""
    found: list[str | Shape] = []
    for entry in entries:
        kind = str(entry["type"])
        inner = shape_of(entry["components"]) if kind == "tuple" else None
        if kind == "tuple" and inner is not None:
            found.append(inner)
        elif kind.startswith(("uint", "bytes", "address", "bool")) and kind[-1] != "]":
            if kind == "bytes":
                return None
            found.append(kind)
        else:
            return None
    return tuple(found)


def from_words(shape: Shape, raw: bytes) -> tuple[Any, ...]:
    """Raises InsufficientDataBytes when `raw` is shorter than the shape."""
    values, end = _read(shape, raw, 0)
    if len(raw) < end:
        raise InsufficientDataBytes(f"{len(raw)} bytes, not {end}")
    return values


def _read(shape: Shape, raw: bytes, at: int) -> tuple[tuple[Any, ...], int]:
    values: list[Any] = []
    for kind in shape:
        if isinstance(kind, tuple):
            inner, at = _read(kind, raw, at)
            values.append(inner)
            continue
        word, at = raw[at : at + 32], at + 32
        if kind.startswith("uint"):
            values.append(int.from_bytes(word, "big"))
        elif kind == "address":
            values.append(Address(word[12:]))
        elif kind == "bool":
            values.append(word[31:] == b"\x01")
        else:
            values.append(word[: int(kind[5:])])
    return tuple(values), at
