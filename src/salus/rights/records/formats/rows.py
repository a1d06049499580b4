"""Tables made of resources: columns with a meaning, and one row for each value. Pure.

Numbers stay the text that their source wrote until the last step, so that none is rounded.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]
Cell = str | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; a number is a float of 64 bits in Parquet, and what was written in CSV."""

    name: str
    meaning: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def read(raw: bytes) -> Resource:
    """A resource with its numbers as they were written: `1.20E3` stays that."""
    found: Resource = json.loads(raw, parse_float=str, parse_int=str)
    return found


def each(resources: Mapping[str, bytes], kinds: Iterable[str]) -> Iterator[tuple[str, Resource]]:
    """Resources of some types with their names, `Type/id`, in the order of these."""
    wanted = frozenset(kinds)
    for name in sorted(resources):
        if name.partition("/")[0] in wanted:
            yield name, read(resources[name])


@dataclass(frozen=True, slots=True)
class Coded:
    """The first coding of a concept, and its words."""

    system: Cell = None
    code: Cell = None
    display: Cell = None


def coded(concept: Resource | None) -> Coded:
    """The words are the text, else those of the coding."""
    if not concept:
        return Coded()
    coding: Resource = next(iter(concept.get("coding", ())), {})
    return Coded(
        coding.get("system"), coding.get("code"), concept.get("text") or coding.get("display")
    )


def moment(resource: Resource, stem: str) -> tuple[Cell, Cell]:
    """Beginning and end of `effective[x]` and the like, as they were written."""
    period = resource.get(f"{stem}Period")
    if period:
        return period.get("start"), period.get("end")
    at = resource.get(f"{stem}DateTime") or resource.get(f"{stem}Instant")
    return at, None


def table(columns: tuple[Column, ...], rows: Iterable[Row]) -> Table:
    return Table(columns, tuple(rows))
