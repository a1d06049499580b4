"""Reading files of an import in an order in which references can be resolved."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from salus.kernel.canonical import parse
from salus.kernel.errors import SalusError
from salus.kernel.json_errors import TooLarge
from salus.rights.records.sections import KEEPING_OF, Keeping
from salus.services.fhir.errors import FileMissing
from salus.services.fhir.model import (
    MAX_BUNDLE,
    Found,
    resource_of_line,
    resources_of_bundle,
    single_resource,
    without_twins,
)

_URL = re.compile(rb'"fullUrl"\s*:\s*"([^"\\]+)"')
_TYPE = re.compile(rb'"resourceType"\s*:\s*"(\w+)"')
_DIRECTORY = {"Bundle"} | {
    name for name, keeping in KEEPING_OF.items() if keeping is Keeping.DIRECTORY
}
_LINES = (".ndjson", ".jsonl")


@dataclass(frozen=True, slots=True)
class Document:
    """One file; lines are read one resource each. Its bytes are read when they are needed."""

    path: Path
    content: bytes | None = None

    @property
    def raw(self) -> bytes:
        return self.path.read_bytes() if self.content is None else self.content

    def resources(self) -> list[Found]:
        """Raises what the parser and the model raise, naming line or JSON path."""
        raw = self.raw
        if self._is_lines(raw):
            lines = enumerate(map(_trimmed, raw.split(b"\n")), start=1)
            return without_twins([resource_of_line(at, line) for at, line in lines if line])
        if not raw.lstrip().startswith(b"{"):
            parse(raw)  # says where it is not JSON, if it is not
        found = resources_of_bundle(raw)
        return [single_resource(raw)] if found is None else found

    def _is_lines(self, raw: bytes) -> bool:
        if self.path.suffix in _LINES:
            return True
        first, _, rest = raw.partition(b"\n")
        return bool(rest.strip()) and first.rstrip().endswith(b"}") and first.startswith(b"{")

    def outline(self, *, alone: bool = True) -> "Outline":
        """`alone`: no other file is there that could refer to what is in this one."""
        raw = self.raw
        kinds = {found.decode() for found in _TYPE.findall(raw)}
        urls = {found.decode("utf-8", "replace") for found in _URL.findall(raw)}
        if not alone and "Bundle" not in kinds:
            urls.update(_names(raw.split(b"\n") if self._is_lines(raw) else [raw]))
        return Outline(
            self, len(raw), frozenset(urls), frozenset(kinds), is_directory=kinds <= _DIRECTORY
        )


def _trimmed(line: bytes) -> bytes:
    return line.strip(b" \t\r")


def _names(resources: Iterable[bytes]) -> Iterator[str]:
    """`Type/id` of each; what cannot be read is refused when its turn comes."""
    for raw in resources:
        with suppress(orjson.JSONDecodeError):
            found = orjson.loads(raw)
            if isinstance(found, dict):
                yield f"{found.get('resourceType')}/{found.get('id')}"


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a document before it is parsed.

    A directory holds nothing of a patient: others refer to it, so it comes first.
    """

    document: Document
    size: int
    urls: frozenset[str]
    types: frozenset[str]
    is_directory: bool


def load(path: Path) -> Document:
    """Raises FileMissing and TooLarge."""
    if not path.is_file():
        raise FileMissing(file=str(path))
    if path.suffix not in _LINES and path.stat().st_size > MAX_BUNDLE:
        raise TooLarge(size=path.stat().st_size, limit=MAX_BUNDLE)
    return Document(path)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    file: str
    error: SalusError

    def where(self) -> str:
        """Line and column, or the JSON path; the file alone when neither is known."""
        details = self.error.shown()
        if "line" in details:
            return f"line {details['line']}" + (
                f", column {details['column']}" if "column" in details else ""
            )
        return details.get("where", details.get("path", self.file))


def ordered(paths: list[Path]) -> tuple[list[Outline], list[Refused]]:
    """Documents, directories first; and the files that could not be read."""
    outlines, refused = [], []
    for path in paths:
        try:
            outlines.append(load(path).outline(alone=len(paths) == 1))
        except SalusError as error:
            refused.append(Refused(str(path), error))
    outlines.sort(key=lambda outline: not outline.is_directory)
    return outlines, refused
