"""The waterfall: who gets which part of an amount, in which order, always."""

from dataclasses import dataclass

from salus.rights.revenue.model.amounts import BPS, mul_div_down

PLATFORM_BPS = 250
DEFAULT_SUBJECT_BPS = 1_000
DEFAULT_SOURCE_BPS = 1_000
DEFAULT_HOST_BPS = 200


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of ten thousand. Those of the record are fixed at its registration and only fall.

    A payee that does not exist has the share 0: what would be theirs stays in the rest.
    """

    subject: int = DEFAULT_SUBJECT_BPS
    source: int = DEFAULT_SOURCE_BPS
    host: int = DEFAULT_HOST_BPS
    platform: int = PLATFORM_BPS


@dataclass(frozen=True, slots=True)
class Legs:
    """An amount (units) in its parts; they add up to it. Lender and owner share the rest."""

    subject: int
    source: int
    host: int
    platform: int
    rest: int


def legs(amount: int, shares: Shares) -> Legs:
    """Each share is floor(amount * bps / BPS); what the rounding leaves goes to the rest.

    The rest goes to the lender first, as far as the loan takes it, and then to the owner, or to
    the borrower while the token is pledged. The subject's share precedes any lender.
    """
    subject = mul_div_down(amount, shares.subject, BPS)
    source = mul_div_down(amount, shares.source, BPS)
    host = mul_div_down(amount, shares.host, BPS)
    platform = mul_div_down(amount, shares.platform, BPS)
    rest = amount - subject - source - host - platform
    return Legs(subject, source, host, platform, rest)
