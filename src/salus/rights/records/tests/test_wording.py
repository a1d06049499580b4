"""Findings are told in the reader's language, with the values of what was found."""

from collections.abc import Iterator

import pytest

from salus.platform.i18n import choose
from salus.rights.records.findings import Finding
from salus.rights.records.narrative import XHTML
from salus.rights.records.validation import validate
from salus.rights.records.wording import told


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    choose("zh-Hans")
    yield
    choose("en")


def finding(inside: str) -> Finding:
    text = {"status": "generated", "div": f'<div xmlns="{XHTML}">{inside}</div>'}
    (found,) = validate({"resourceType": "Patient", "text": text})
    return found


def test_a_finding_in_english_is_told_as_it_is() -> None:
    choose("en")
    found = finding("<script/>text")

    assert told(found) == (found.message, found.hint)


@pytest.mark.parametrize(
    ("inside", "fault", "place"),
    [
        ("<script/>text", "不允许使用元素 script", "第 43 列"),
        ("<p onclick='x'>text</p>", "p 带有不允许的属性", "第 43 列"),
        ("<a href='x:y'>text</a>", "href 不是 https:", "第 43 列"),
        ("\n<p>text", "标签不配对", "第 2 行"),
        ("\ud800", "文本中含有不成对的代理码元", ""),
    ],
)
def test_a_fault_of_a_narrative_is_told_with_its_place(inside: str, fault: str, place: str) -> None:
    message, _ = told(finding(inside))

    assert message.startswith("txt-1: ")
    assert fault in message
    assert place in message
    assert "Found" not in message


def test_words_of_a_parser_that_nobody_translated_stay() -> None:
    found = Finding("Patient.text", "invariant", "txt-1: No. Found: out of memory.", "")

    assert "out of memory" in told(found)[0]
    assert "Found" not in told(found)[0]
