"""What a licensee or a lender writes in Python: find offers, subscribe, open, lend.

Money is integers of units, a millionth of the currency unit; `shown` writes them for people, and
`units` reads what people write. Times are aware and in UTC. Every error is a `SalusError`, whose
text may be shown to anybody and whose `hint` says what to do.
"""

from salus.kernel.errors import SalusError
from salus.rights.revenue.currency import parse_amount as units
from salus.rights.revenue.currency import shown
from salus.surfaces.sdk.home import Home, connect
from salus.surfaces.sdk.lender import Lender
from salus.surfaces.sdk.licensee import Licensee
from salus.surfaces.sdk.values import License, Loan, LoanOffer, Offer, Opened, Value

__all__ = [
    "Home",
    "Lender",
    "License",
    "Licensee",
    "Loan",
    "LoanOffer",
    "Offer",
    "Opened",
    "SalusError",
    "Value",
    "connect",
    "shown",
    "units",
]
