"""Findings in the reader's language: their words stand in rules and tables, not in calls."""

import re
from collections.abc import Iterator
from typing import Final

from salus.platform.i18n import translate
from salus.rights.records import faults, naming, narrative, validation
from salus.rights.records.findings import Finding
from salus.rights.records.invariants.shapes import RULES
from salus.rights.records.invariants.walk import FOUND, HINT

_KEY: Final = re.compile(r"[a-z]+-\d+[a-z]?: ")
_NARRATIVE: Final = (
    *(narrative.NO_CONTENT, narrative.NO_DIV, narrative.BAD_ELEMENT, narrative.UNNAMED_ELEMENT),
    *(narrative.BAD_ATTRIBUTE, narrative.BAD_NAMESPACE, narrative.BAD_STYLE, narrative.BAD_LINK),
    *(narrative.BAD_IMAGE, narrative.EARLY_END, narrative.CDATA, narrative.DOCTYPE),
    *(narrative.INSTRUCTION, narrative.DECLARATION, narrative.HALF_PAIR, *narrative.OF_XML),
)
_VALUE: Final = re.compile(r"\\{(\w+)\\}")


def told(finding: Finding) -> tuple[str, str]:
    """Message and hint, each in the reader's language. The key of a rule stays as it is."""
    key = _KEY.match(finding.message)
    start = key.end() if key else 0
    text = finding.message[start:]
    if (values := _values(FOUND, text)) is not None:
        said = translate(FOUND, message=translate(values["message"]), fault=_fault(values["fault"]))
    else:
        said = translate(text)
    return finding.message[:start] + said, translate(finding.hint)


def _fault(text: str) -> str:
    """What is wrong in a narrative, with its place."""
    if placed := _values(narrative.PLACED, text):
        return translate(narrative.PLACED, **placed | {"fault": _fault(placed["fault"])})
    for template in _NARRATIVE:
        if (values := _values(template, text)) is not None:
            return translate(template, **values)
    return text


def _values(template: str, text: str) -> dict[str, str] | None:
    """The values that make the text of the template, or None."""
    pattern = _VALUE.sub(r"(?P<\1>.+)", re.escape(template))
    found = re.fullmatch(pattern, text)
    return found.groupdict() if found else None


def wording() -> Iterator[str]:
    """Every message and hint that a finding can have; `tools.messages` collects them."""
    yield from naming.wording()
    yield from (rule.message for rule in RULES)
    yield from (HINT, FOUND, narrative.PLACED, *_NARRATIVE)
    yield from (*faults.FORMS.values(), faults.NO_URI, faults.FORM_HINT)
    for module in (faults, validation):
        for meaning in vars(module).values():
            if isinstance(meaning, tuple) and len(meaning) == 3:
                yield from (each for each in meaning[1:] if isinstance(each, str))
