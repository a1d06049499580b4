"""The patients in a file that somebody asks about."""

from pathlib import Path
from typing import Any

from salus.kernel.canonical import bundle_entries, ndjson_lines, parse
from salus.platform.errors import FileTrouble
from salus.rights.identity.matching.errors import NoPatient
from salus.rights.identity.matching.person import Person, person_of

_LARGEST = 64 * 2**20
_LINES = (".ndjson", ".jsonl")


def people_in(path: Path) -> list[Person]:
    """Every Patient of a file: one resource, a Bundle, or one resource a line.

    Raises NoPatient, FileTrouble, and what the parser of `kernel.canonical` raises.
    """
    found = [person_of(each) for each in _resources(path) if _is_patient(each)]
    if not found:
        raise NoPatient(file=path.name)
    return found


def _resources(path: Path) -> list[Any]:
    try:
        if path.suffix in _LINES:
            with path.open("rb") as handle:
                return [line.parsed for line in ndjson_lines(handle)]
        raw = path.read_bytes()
    except OSError as error:
        raise FileTrouble(file=path.name, reason=error.strerror or "") from None
    value = parse(raw, max_bytes=_LARGEST)
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        return [entry.resource for entry in bundle_entries(raw, max_bytes=_LARGEST)[1]]
    return [value]


def _is_patient(value: object) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "Patient"
