"""Sections in words that people use, in the reader's language."""

from collections.abc import Iterator

from salus.platform.i18n import translate

WORDS = {
    1: "About you",
    2: "Illnesses",
    3: "Allergies",
    4: "Medicines",
    5: "Vaccinations",
    6: "Vital signs",
    7: "Laboratory",
    8: "Images and reports",
    9: "Visits and notes",
    10: "Operations and procedures",
    11: "Devices",
    12: "Genes",
    13: "Insurance and costs",
    14: "Emergency summary",
    15: "Other",
}


def section_name(code: int) -> str:
    """What a section is called on a page."""
    return translate(WORDS[code])


def wording() -> Iterator[str]:
    yield from WORDS.values()
