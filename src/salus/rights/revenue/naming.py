"""Amounts with the name of their currency, and amounts that were typed into forms."""

from salus.platform.settings import read
from salus.platform.web.portal import Form
from salus.rights.revenue.currency import parse_amount, shown
from salus.rights.revenue.errors import BadAmount
from salus.rights.revenue.settings import RevenueSettings

MOST_DIGITS = 32


def currency() -> str:
    """What the operator calls a currency unit."""
    return read(RevenueSettings).currency


def amount(units: int) -> str:
    """25,500,000 units as `25.50 SST`."""
    return f"{shown(units)} {currency()}"


def typed_amount(form: Form, name: str, *, required: bool = True) -> int:
    """Units of an amount in a form, 0 where nothing was typed; a bad one is blamed on its field."""
    text = form.text(name, required=required, longest=MOST_DIGITS).replace(",", "")
    if not text or name in form.faults:
        return 0
    try:
        return parse_amount(text)
    except BadAmount as error:
        form.blame(name, error)
        return 0
