"""Who has a part in the income of a token: payees, and the holder of a lien on it."""

from dataclasses import dataclass
from typing import Protocol

from salus.kernel.ids import NOBODY, Address
from salus.rights.revenue.model.waterfall import Legs, Shares


@dataclass(frozen=True, slots=True)
class Payees:
    """`owner` is the token's owner, or the borrower while it is pledged. NOBODY has no share."""

    subject: Address
    source: Address
    host: Address
    platform: Address
    owner: Address


@dataclass(frozen=True, slots=True)
class Token:
    """A record or section token with the section ids it controls, at most 14."""

    id: int
    sections: tuple[int, ...]
    shares: Shares
    payees: Payees

    @property
    def effective(self) -> Shares:
        """The shares, 0 where there is nobody to take one."""
        payees, shares = self.payees, self.shares
        return Shares(
            subject=0 if payees.subject == NOBODY else shares.subject,
            source=0 if payees.source == NOBODY else shares.source,
            host=0 if payees.host == NOBODY else shares.host,
            platform=0 if payees.platform == NOBODY else shares.platform,
        )

    def split(self, parts: Legs) -> tuple[tuple[Address, int], ...]:
        """Who gets which of the first four legs."""
        return (
            (self.payees.subject, parts.subject),
            (self.payees.source, parts.source),
            (self.payees.host, parts.host),
            (self.payees.platform, parts.platform),
        )


@dataclass(frozen=True, slots=True)
class Lien:
    """`module` is the lien holder, `id` that of its loan."""

    module: Address
    id: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a lien holder takes of net income (units, together at most all of it), for whom.

    With `is_closed` the debt is zero now, and the lien is lifted in the same call.
    """

    interest: int
    principal: int
    creditor: Address
    is_closed: bool = False

    @property
    def amount(self) -> int:
        return self.interest + self.principal


class LienHolder(Protocol):
    """`ILienHolder`: lending answers for its loans."""

    def apply_income(self, lien: int, available: int, now: int) -> Taken:
        """What of `available` (units) the loan takes at `now`, after the interest up to `now`."""
