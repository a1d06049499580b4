"""Reading files of an import in an order in which references can be resolved."""

import re
from dataclasses import dataclass
from pathlib import Path

from salus.kernel.errors import SalusError
from salus.services.fhir.errors import FileMissing
from salus.services.fhir.model import (
    MAX_BUNDLE,
    Found,
    resource_of_line,
    resources_of_bundle,
    single_resource,
)
from salus.kernel.json_errors import TooLarge

_URL = re.compile(rb'"fullUrl"\s*:\s*"([^"\\]+)"')
_PATIENT = re.compile(rb'"resourceType"\s*:\s*"Patient"')
_LINES = (".ndjson", ".jsonl")


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one file; lines are read one resource each."""

    path: Path
    raw: bytes

    def resources(self) -> list[Found]:
        """Raises what the parser and the model raise, naming line or JSON path."""
        if self._is_lines():
            lines = enumerate(self.raw.splitlines(), start=1)
            return [resource_of_line(number, line) for number, line in lines if line.strip()]
        return resources_of_bundle(self.raw) or [single_resource(self.raw)]

    def _is_lines(self) -> bool:
        if self.path.suffix in _LINES:
            return True
        first, _, rest = self.raw.partition(b"\n")
        return bool(rest.strip()) and first.rstrip().endswith(b"}") and first.startswith(b"{")

    def is_directory(self) -> bool:
        """Without a patient: what others refer to, so it comes first."""
        return not _PATIENT.search(self.raw)

    def urls(self) -> set[str]:
        return {found.decode("utf-8", "replace") for found in _URL.findall(self.raw)}


def load(path: Path) -> Document:
    """Raises FileMissing and TooLarge."""
    if not path.is_file():
        raise FileMissing(file=str(path))
    if path.suffix not in _LINES and path.stat().st_size > MAX_BUNDLE:
        raise TooLarge(size=path.stat().st_size, limit=MAX_BUNDLE)
    return Document(path, path.read_bytes())


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


def ordered(paths: list[Path]) -> tuple[list[Document], list[Refused]]:
    """Documents, those without a patient first; and the files that could not be read."""
    documents, refused = [], []
    for path in paths:
        try:
            documents.append(load(path))
        except SalusError as error:
            refused.append(Refused(str(path), error))
    documents.sort(key=lambda document: not document.is_directory())
    return documents, refused


def all_urls(documents: list[Document]) -> set[str]:
    return set().union(*(document.urls() for document in documents)) if documents else set()
