"""The k-anonymity of a release: nobody comes out who stands out. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from salus.rights.records.deidentify.profile import Field

Row = tuple[str, ...]


def standing_out(
    fields: Sequence[Field], subjects: Mapping[str, Sequence[dict[str, Any]]], least: int
) -> list[str]:
    """The names of the fields by which somebody stands out; none when every group is large enough.

    `subjects`: what is released of each. A field that divides too finely by itself is named alone;
    where only the combination does, all of its fields are named.
    """
    rows = [tuple(_value(each, resources) for each in fields) for resources in subjects.values()]
    if not _is_small(rows, least):
        return []
    alone = [
        each.name
        for number, each in enumerate(fields)
        if _is_small([(row[number],) for row in rows], least)
    ]
    return alone or [each.name for each in fields]


def _is_small(rows: Iterable[Row], least: int) -> bool:
    return any(count < least for count in Counter(rows).values())


def by_subject(released: Iterable[tuple[str | None, dict[str, Any]]]) -> dict[str, list[Any]]:
    """What is released of each subject; what belongs to nobody is left out."""
    found: dict[str, list[Any]] = defaultdict(list)
    for subject, resource in released:
        if subject is not None:
            found[subject].append(resource)
    return found


def _value(field: Field, resources: Sequence[dict[str, Any]]) -> str:
    """What a reader of the release sees of a field; empty when nothing is there."""
    if field.code is not None:
        return "with" if any(_has(each, *field.code) for each in resources) else ""
    kind, *steps = field.at.split(".")
    mine = (each for each in resources if each.get("resourceType") == kind)
    found = {_shown(part, field.band) for each in mine for part in _parts(each, steps)}
    return " ".join(sorted(found))


def _parts(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _parts(each, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _parts(value[steps[0]], steps[1:])


def _shown(part: Any, band: int) -> str:
    if isinstance(part, dict):
        return "/".join(_shown(part[key], 0) for key in sorted(part))
    if isinstance(part, list):
        return "/".join(sorted(_shown(each, 0) for each in part))
    text = str(part)
    if band and text[:4].isdigit():
        return str(int(text[:4]) // band * band)
    return text


def _has(value: Any, system: str, code: str) -> bool:
    if isinstance(value, list):
        return any(_has(each, system, code) for each in value)
    if not isinstance(value, dict):
        return False
    if (value.get("system"), value.get("code")) == (system, code):
        return True
    return any(_has(each, system, code) for each in value.values())
