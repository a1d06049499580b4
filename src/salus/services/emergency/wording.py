"""The words of a card, in both languages at once: who finds it may read only one."""

from collections.abc import Iterator
from pathlib import Path

from salus.platform.i18n import CATALOG, read_catalog

WORDS = {
    "title": "Emergency card",
    "name": "Name",
    "born": "Born",
    "sex": "Sex",
    "language": "Language",
    "blood": "Blood group",
    "allergy": "Allergy",
    "medication": "Medication",
    "problem": "Problem",
    "device": "Device",
    "contact": "Call",
    "valid": "Valid until",
    "issued": "Made on",
    "sealed": "For medical staff: scan every code with Salus, then the code of the strip.",
    "open": "For medical staff: the codes hold what is printed, signed by the hospital.",
    "fold": "Tear off here, or fold it behind.",
    "code": "Code that opens this card",
    "keep": "Who has this strip and the codes can read the card. Keep it where helpers look.",
}


def wording() -> Iterator[str]:
    """The messages that stand in no call."""
    yield from WORDS.values()


def in_both() -> dict[str, tuple[str, str]]:
    """English and Simplified Chinese by name."""
    known = read_catalog(Path(__file__).parent / CATALOG)
    return {name: (text, known.get(text, text)) for name, text in WORDS.items()}
