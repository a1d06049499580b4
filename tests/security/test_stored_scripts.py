"""A script in every text of a record: it is shown as text, and never as a part of a page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.ids import RecordId
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import desk_of, finish, known_in, take
from salus.surfaces.demo.patients import patient
from tests.support.portal import Opened, Visitor, opened

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{7*7}}<svg/onload=alert(1)>",
    "javascript:alert(1)",
)
TEXTS = frozenset(
    re.findall(
        r"\w+",
        "family given text display line city district state country description title note comment"
        " valueString unit patientInstruction authorString name label prefix suffix lotNumber",
    )
)
"""Members whose values FHIR leaves free; others are codes, references and numbers."""


def poisoned(raw: bytes) -> tuple[bytes, int]:
    """A Bundle with a script in every free text; how many that were."""
    count = 0

    def walk(value: Any, name: str) -> Any:
        nonlocal count
        if isinstance(value, dict):
            return {key: each if key == "div" else walk(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each, name) for each in value]
        if isinstance(value, str) and name in TEXTS:
            count += 1
            return PAYLOADS[count % len(PAYLOADS)]
        return value

    found = walk(json.loads(raw), "")
    return json.dumps(found).encode(), count


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Opened, Visitor]]:
    folder = tmp_path_factory.mktemp("scripts")
    raw, count = poisoned(patient(5, resources=90))
    assert count > 100
    with opened(folder / "home") as made:
        record = _taken(made, folder, raw)
        yield made, made.patient("Script Kiddie", record)


def _taken(made: Opened, folder: Path, raw: bytes) -> RecordId:
    desk = desk_of(made.node, made.home)
    found = Document(folder / "poisoned.json", raw).resources()
    with made.node.reading() as session:
        intake = prepare(found, known_in(session, desk), lambda _: False)
    (record,) = take(desk, intake)
    finish(desk)
    return record


def test_no_text_of_a_record_becomes_a_part_of_a_page(portal: tuple[Opened, Visitor]) -> None:
    _, who = portal
    waiting, seen, shown = ["/app/home", "/app/record"], set[str](), 0
    while waiting and len(seen) < 150:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page = who.get(path)
        if "text/html" not in page.headers.get("content-type", ""):
            assert page.headers["content-disposition"].startswith("attachment")
            continue
        waiting += re.findall(r'href="(/app/record/[^"#?]+)', page.text)
        shown += page.text.count("alert(1)")
        _check(page.text, path)
    assert shown > 50
    assert len(seen) > 30


def _check(page: str, path: str) -> None:
    outside = re.sub(r"<script defer src=\"/app/static/[\w.]+\"></script>", "", page)
    assert "<script" not in outside, path
    assert "<img" not in outside, path
    assert "<svg/" not in outside, path
    assert not re.search(r"<[^>]*\son\w+\s*=", outside), path
    assert 'href="javascript:' not in outside, path
    assert "49<svg" not in outside, path
