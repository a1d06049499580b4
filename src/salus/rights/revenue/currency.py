"""Amounts as people write and read them; inside, money is an integer of units."""

import re

from salus.rights.revenue.errors import BadAmount

PLACES = 6
"""Places behind the point of a currency unit, those of the settlement token."""
UNIT = 10**PLACES
_AMOUNT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,6}))?")
_SHORTEST = 2  # places that are always shown


def parse_amount(text: str) -> int:
    """`25.50` currency units as 25,500,000 units. Raises BadAmount, also for nothing."""
    found = _AMOUNT.fullmatch(text.strip())
    units = int(found[1]) * UNIT + int((found[2] or "0").ljust(PLACES, "0")) if found else 0
    if not units:
        raise BadAmount(amount=text[:32])
    return units


def shown(units: int) -> str:
    """25,500,000 units as `25.50`; what is smaller than a hundredth is shown to its last place."""
    whole, part = divmod(abs(units), UNIT)
    places = f"{part:0{PLACES}}".rstrip("0").ljust(_SHORTEST, "0")
    return f"{'-' if units < 0 else ''}{whole:,}.{places}"
