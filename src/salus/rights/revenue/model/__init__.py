"""The rules of money, as the contracts have them: pure integer arithmetic, unit for unit."""

from salus.rights.revenue.model.amounts import (
    BPS,
    DAY,
    PERPETUAL_DAY,
    YEAR,
    ceil_day,
    mul_div_down,
    mul_div_up,
    next_midnight,
    price,
    refund,
)
from salus.rights.revenue.model.parties import Lien, LienHolder, Payees, Taken, Token
from salus.rights.revenue.model.prepayment import Part, Prepayment
from salus.rights.revenue.model.router import Gates, Key, Router
from salus.rights.revenue.model.stream import (
    MOST_DROPS,
    MOST_RATE,
    Gate,
    Section,
    Walk,
    accrue,
    accrued,
)
from salus.rights.revenue.model.waterfall import PLATFORM_BPS, Legs, Shares, legs

__all__ = [
    "BPS",
    "DAY",
    "MOST_DROPS",
    "MOST_RATE",
    "PERPETUAL_DAY",
    "PLATFORM_BPS",
    "YEAR",
    "Gate",
    "Gates",
    "Key",
    "Legs",
    "Lien",
    "LienHolder",
    "Part",
    "Payees",
    "Prepayment",
    "Router",
    "Section",
    "Shares",
    "Taken",
    "Token",
    "Walk",
    "accrue",
    "accrued",
    "ceil_day",
    "legs",
    "mul_div_down",
    "mul_div_up",
    "next_midnight",
    "price",
    "refund",
]
