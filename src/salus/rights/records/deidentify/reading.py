"""The resources of files that are to be released, and where a reference in them leads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from salus.kernel.canonical import bundle_entries, ndjson_lines, parse
from salus.platform.errors import FileTrouble

_LARGEST: Final = 64 * 2**20
_LINES: Final = (".ndjson", ".jsonl")
_SUBJECT: Final = ("subject", "patient", "beneficiary", "individual")


@dataclass(frozen=True, slots=True)
class Source:
    """A resource as it was parsed, with the URL under which others may refer to it."""

    url: str
    resource: dict[str, Any]

    @property
    def reference(self) -> str:
        return f"{self.resource['resourceType']}/{self.resource.get('id', '')}"


@dataclass(frozen=True, slots=True)
class Sources:
    """Resources by their references, each once, and their other addresses."""

    resources: tuple[dict[str, Any], ...]
    addresses: dict[str, str]

    def resolve(self, reference: str) -> str | None:
        """`Type/id` for a reference that leads to a resource; None for any other address."""
        plain = reference.partition("/_history/")[0]
        if plain in self.addresses:
            return self.addresses[plain]
        kind, slash, name = plain.partition("/")
        return plain if slash and kind.isalpha() and name and "/" not in name else None

    def subject(self, resource: dict[str, Any]) -> str | None:
        """`Patient/id` of whom a resource is about."""
        if resource.get("resourceType") == "Patient":
            return f"Patient/{resource.get('id', '')}"
        for name in _SUBJECT:
            link = resource.get(name)
            text = link.get("reference") if isinstance(link, dict) else None
            target = self.resolve(text) if isinstance(text, str) else None
            if target is not None and target.startswith("Patient/"):
                return target
        return None


def sources_of(found: Iterable[Source]) -> Sources:
    resources: dict[str, dict[str, Any]] = {}
    addresses: dict[str, str] = {}
    for each in found:
        resources.setdefault(each.reference, each.resource)
        addresses[each.url] = each.reference
    return Sources(tuple(resources.values()), addresses)


def read(paths: Sequence[Path]) -> Sources:
    """Raises FileTrouble, and what the parser of `kernel.canonical` raises."""
    return sources_of(each for path in paths for each in _sources(path))


def _sources(path: Path) -> Iterator[Source]:
    try:
        raw = path.read_bytes()
        if path.suffix in _LINES or _is_lines(raw):
            with path.open("rb") as handle:
                for line in ndjson_lines(handle):
                    yield from _source("", line.parsed)
            return
    except OSError as error:
        raise FileTrouble(file=path.name, reason=error.strerror or "") from None
    value = parse(raw, max_bytes=_LARGEST)
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        for entry in bundle_entries(raw, max_bytes=_LARGEST)[1]:
            yield from _source(str(entry.members.get("fullUrl", "")), entry.resource)
    else:
        yield from _source("", value)


def _is_lines(raw: bytes) -> bool:
    first, _, rest = raw.partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and bool(rest.strip())


def _source(url: str, value: object) -> Iterator[Source]:
    """A resource without an id has the last part of its URL, as at an import."""
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        own = value.get("id") or url.rpartition(":")[2].rpartition("/")[2]
        named = {**value, "id": str(own)}
        yield Source(url or f"{value['resourceType']}/{own}", named)
