"""What is in the file: pages that any browser shows, originals as NDJSON, a proof of each entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from salus.platform.web.portal.rendering import HERE as PORTAL
from salus.platform.web.portal.rendering import environment
from salus.rights.records.naming import section_name
from salus.rights.records.readable import entries
from salus.rights.records.sections import SECTIONS

STYLE = "salus.css"
_FOLDER = Path(__file__).parents[1]
_CODES = {name: code for code, name in SECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Bundled:
    """One section of one record, opened and checked, with a proof of each of its resources."""

    record: str
    name: str
    resources: Mapping[str, bytes] = field(repr=False)
    proofs: Mapping[str, bytes] = field(repr=False)

    @property
    def title(self) -> str:
        return section_name(_CODES[self.name])

    @property
    def page(self) -> str:
        return f"{self.record}/{self.name}.html"

    @property
    def original(self) -> str:
        return f"{self.record}/{self.name}.ndjson"

    def proof(self, reference: str) -> str:
        return f"{self.record}/proofs/{self.name}/{reference.replace('/', '-')}.json"


def bundle(
    sections: Sequence[Bundled], *, name: str, source: str, language: str, at: datetime
) -> bytes:
    """The file, in the language in force."""
    made = environment({"custody": _FOLDER})
    shown = {"name": name, "source": source, "language": language, "at": at}

    def page(template: str, **more: object) -> bytes:
        return made.get_template(template).render(shown | more).encode()

    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as file:
        for path, raw in _files(sections, page):
            file.writestr(ZipInfo(path, at.timetuple()[:6]), raw, ZIP_DEFLATED)
    return content.getvalue()


def _files(sections: Sequence[Bundled], page: Callable[..., bytes]) -> Iterator[tuple[str, bytes]]:
    yield "index.html", page("custody/export_index.html", sections=sections)
    yield STYLE, (PORTAL / "static" / STYLE).read_bytes()
    for each in sections:
        rows = entries(_CODES[each.name], each.resources)
        yield each.page, page("custody/export_section.html", section=each, entries=list(rows))
        yield each.original, b"".join(_line(raw) for raw in each.resources.values())
        for reference, proof in each.proofs.items():
            yield each.proof(reference), proof


def _line(raw: bytes) -> bytes:
    """A resource on one line; a line break between two members of JSON means nothing."""
    return raw.replace(b"\r", b"").replace(b"\n", b"") + b"\n"
