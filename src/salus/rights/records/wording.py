"""Findings in the reader's language: their words stand in rules and tables, not in calls."""

import re
from collections.abc import Iterator
from typing import Final

from salus.platform.i18n import translate
from salus.rights.records import faults, validation
from salus.rights.records.findings import Finding
from salus.rights.records.invariants.shapes import RULES
from salus.rights.records.invariants.walk import HINT

_KEY: Final = re.compile(r"[a-z]+-\d+[a-z]?: ")
_FOUND: Final = " Found: "


def told(finding: Finding) -> tuple[str, str]:
    """Message and hint. The key of a rule and what a parser found keep their own words."""
    key = _KEY.match(finding.message)
    start = key.end() if key else 0
    message, mark, found = finding.message[start:].partition(_FOUND)
    return finding.message[:start] + translate(message) + mark + found, translate(finding.hint)


def wording() -> Iterator[str]:
    """Every message and hint that a finding can have; `tools.messages` collects them."""
    yield from (rule.message for rule in RULES)
    yield HINT
    yield from (*faults.FORMS.values(), faults.NO_URI, faults.FORM_HINT)
    for module in (faults, validation):
        for meaning in vars(module).values():
            if isinstance(meaning, tuple) and len(meaning) == 3:
                yield from (each for each in meaning[1:] if isinstance(each, str))
