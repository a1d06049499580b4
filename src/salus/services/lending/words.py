"""Percents and modes as people write and read them; inside, a part is an integer of 1/10,000."""

import re

from salus.services.lending.errors import BadTerm, UnknownMode
from salus.services.lending.model import Mode

_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?")


def percent(bps: int) -> str:
    """1,250 basis points as `12.5 %`."""
    whole, part = divmod(bps, 100)
    places = f".{part:02}".rstrip("0") if part else ""
    return f"{whole}{places} %"


def parse_percent(text: str, term: str) -> int:
    """`12.5` or `12.5%` as 1,250 basis points. Raises BadTerm, naming the term."""
    found = _PERCENT.fullmatch(text.strip().replace(" ", ""))
    if found is None:
        raise BadTerm(value=text[:32], term=term)
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def parse_mode(text: str) -> Mode:
    """Raises UnknownMode."""
    try:
        return Mode[text.strip().upper()]
    except KeyError:
        raise UnknownMode(mode=text[:32]) from None
