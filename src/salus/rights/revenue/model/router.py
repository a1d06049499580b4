"""The whole state of RevenueRouter, and its verbs as functions from state to state.

It is the twin for differential tests, and what services quote and explain with. A verb that raises
changes nothing, like one that reverts. Modules (exchange, lending, cohorts) are trusted to name
sections, rates and generations truly; they are fixed when the router is set up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from salus.kernel.ids import NOBODY, Address
from salus.rights.revenue.errors import (
    CreditTooLow,
    LienExists,
    NoLien,
    PrepaymentExists,
    RateOverflow,
    ReserveTooLow,
    SectionShut,
    TermOver,
    UnknownPrepayment,
    WrongRate,
)
from salus.rights.revenue.model.amounts import price, refund
from salus.rights.revenue.model.parties import Lien, LienHolder, Token
from salus.rights.revenue.model.prepayment import Part, Prepayment
from salus.rights.revenue.model.stream import Gate, Section, accrue, accrued
from salus.rights.revenue.model.waterfall import legs

MOST_PREPAID_RATE = 2**40 - 1
Gates = Mapping[int, Gate]
"""By section id; a section without an entry was never closed."""
Due = tuple[Address, int]
"""Who is paid, and how many units."""
Key = tuple[int, int]
"""The token whose offer it is under, and the number of the license."""


@dataclass(frozen=True, slots=True)
class Router:
    """`balance` is what the token says; `escrowed` is paid ahead or earned and not yet routed.

    `balance == escrowed + sum(credits) + sum(reserves) + donations` (I1), and `escrowed * DAY` is
    never less than what was earned and what is still to be earned (I2).
    """

    balance: int = 0
    escrowed: int = 0
    credits: Mapping[Address, int] = field(default_factory=dict)
    reserves: Mapping[Address, int] = field(default_factory=dict)
    sections: Mapping[int, Section] = field(default_factory=dict)
    prepayments: Mapping[Key, Prepayment] = field(default_factory=dict)
    liens: Mapping[int, Lien] = field(default_factory=dict)

    def open(self, key: Key, parts: tuple[Part, ...], paid: Prepayment, gates: Gates) -> "Router":
        """Start a prepayment at `paid.start`: pulls `price` of the whole rate.

        Raises, in this order: PrepaymentExists, RateOverflow, TermOver, and for each part
        SettleFirst, SectionShut, RateOverflow.
        """
        if key in self.prepayments:
            raise PrepaymentExists(token=key[0], license=key[1])
        if paid.rate_per_day > MOST_PREPAID_RATE:
            raise RateOverflow(section=parts[-1].section)
        return self._started(key, parts, paid, gates)

    def move(
        self, key: Key, parts: tuple[Part, ...], end_day: int, gates: Gates, *, now: int
    ) -> "Router":
        """Shift the end of a prepayment to a midnight after `now`; one that lapsed begins anew.

        Later: pulls `price` of the time between. Earlier: credits `refund` to the licensee; both
        are of whole days, so nothing is rounded, and `shared_through_day` stays. Raises, in this
        order: UnknownPrepayment, WrongRate, TermOver, and as `open` for each part.
        """
        old = self._prepayment(key)
        _check_rate(parts, old, is_all=True)
        paid = replace(old, end_day=end_day)
        if old.end <= now:
            return self._started(key, parts, replace(paid, start=now), gates)
        if paid.end <= now:
            raise TermOver(day=end_day)
        sections = dict(self.sections)
        for part in parts:
            section = self._live(part, gates, now)
            sections[part.section] = section.moved(
                part.rate_per_day, old.end, paid.end, paid.through_day
            )
        router = replace(self, sections=sections, prepayments={**self.prepayments, key: paid})
        router = _escrow(router, price(paid.rate_per_day, old.end, paid.end))
        return _release(router, refund(paid.rate_per_day, old.end, paid.end), paid.licensee)

    def stop(
        self, key: Key, parts: tuple[Part, ...], gates: Gates, now: int
    ) -> tuple["Router", int]:
        """End these sections of a license this second; the refund (units) is credited.

        A section that the patient closed ended at that second, and is refunded from then on, also
        when the term is over by now. Each section is stopped once: the caller takes it out of the
        mask. A prepayment without a section left has the rate 0. Raises UnknownPrepayment,
        WrongRate, SettleFirst.
        """
        paid = self._prepayment(key)
        _check_rate(parts, paid, is_all=False)
        sections, back = dict(self.sections), 0
        for part in parts:
            closed = gates.get(part.section, Gate()).closed_at(part.generation)
            back += refund(part.rate_per_day, paid.end, closed or now)
            if not closed and paid.end > now:
                section = self._accrued(part.section, gates, now)
                sections[part.section] = section.left(part.rate_per_day, paid.end)
        rate = paid.rate_per_day - sum(part.rate_per_day for part in parts)
        prepayments = {**self.prepayments, key: replace(paid, rate_per_day=rate)}
        router = replace(self, sections=sections, prepayments=prepayments)
        return _release(router, back, paid.licensee), back

    def take(self, module: Address, amount: int) -> "Router":
        """Tokens of a payer into the module's reserve."""
        router = replace(self, balance=self.balance + amount)
        return replace(router, reserves=_added(self.reserves, module, amount))

    def credit(self, module: Address, to: Address, amount: int) -> "Router":
        """From the module's reserve to an account. Raises ReserveTooLow."""
        router = _spent(self, module, amount)
        return _credited(router, (to, amount))

    def book(
        self,
        module: Address,
        token: Token,
        amount: int,
        *,
        to: Address,
        holder: LienHolder,
        now: int,
    ) -> "Router":
        """From the module's reserve through the waterfall.

        With `to` NOBODY it is income of the token: the loan takes its legs, the rest is the
        owner's. Otherwise it is a price: there is no lender's leg, and the rest goes to `to`.
        Raises ReserveTooLow.
        """
        router = _spent(self, module, amount)
        if to == NOBODY:
            return _routed(router, token, amount, holder, now)
        parts = legs(amount, token.effective)
        return _credited(router, *token.split(parts), (to, parts.rest))

    def accrue(self, section: int, gates: Gates, now: int) -> "Router":
        """Count one section, at most 64 midnights of it; for one that `settle` refuses."""
        return replace(self, sections={**self.sections, section: self._walked(section, gates, now)})

    def settle(self, token: Token, gates: Gates, holder: LienHolder, now: int) -> "Router":
        """Count the sections a token controls and route their income. Raises SettleFirst.

        Each section pays `accrued // DAY` and keeps the remainder; one waterfall for their sum.
        """
        sections, income = dict(self.sections), 0
        for each in token.sections:
            section = self._accrued(each, gates, now)
            income += section.payable
            sections[each] = section.paid()
        router = replace(self, sections=sections, escrowed=self.escrowed - income)
        return _routed(router, token, income, holder, now)

    def lend(self, token: int, lien: Lien, to: Address, amount: int) -> "Router":
        """Pledge the income of a settled token, and pass on what is lent. Raises LienExists."""
        if token in self.liens:
            raise LienExists(token=token)
        router = replace(self, liens={**self.liens, token: lien}, balance=self.balance + amount)
        return _credited(router, (to, amount))

    def pay_off(self, token: Token, due: Sequence[Due], rest: Due) -> "Router":
        """Release the income of a settled token, for what a payer gives.

        `due` is credited as it is, `rest` goes through the shares. Raises NoLien.
        """
        paid = sum(amount for _, amount in due) + rest[1]
        router = _credited(self.lift(token.id), *due)
        parts = legs(rest[1], token.effective)
        router = _credited(router, *token.split(parts), (rest[0], parts.rest))
        return replace(router, balance=router.balance + paid)

    def lift(self, token: int) -> "Router":
        """Release the income of a settled token. Raises NoLien."""
        if token not in self.liens:
            raise NoLien(token=token)
        liens = {each: lien for each, lien in self.liens.items() if each != token}
        return replace(self, liens=liens)

    def withdraw(self, account: Address, amount: int) -> "Router":
        """Out of the router, from the account's own credit. Raises CreditTooLow."""
        has = self.credits.get(account, 0)
        if amount > has:
            raise CreditTooLow(account=account, asked=amount)
        router = replace(self, balance=self.balance - amount)
        return replace(router, credits=_added(self.credits, account, -amount))

    def rate_of(self, token: Token, gates: Gates, now: int) -> int:
        """Units a day that flow to a token at `now`; a closed section gives nothing at once."""
        return sum(self._walked(each, gates, now).rate_per_day for each in token.sections)

    def pending_of(self, token: Token, gates: Gates, now: int) -> int:
        """Units that `settle` would route at `now`."""
        return sum(self._walked(each, gates, now).payable for each in token.sections)

    def _walked(self, section: int, gates: Gates, now: int) -> Section:
        return accrue(
            self.sections.get(section, Section()), gates.get(section, Gate()), now
        ).section

    def _accrued(self, section: int, gates: Gates, now: int) -> Section:
        before = self.sections.get(section, Section())
        return accrued(section, before, gates.get(section, Gate()), now)

    def _started(
        self, key: Key, parts: tuple[Part, ...], paid: Prepayment, gates: Gates
    ) -> "Router":
        if paid.end <= paid.start:
            raise TermOver(day=paid.end_day)
        sections = dict(self.sections)
        for part in parts:
            section = self._live(part, gates, paid.start)
            sections[part.section] = section.joined(
                part.section, part.rate_per_day, paid.end, paid.through_day
            )
        router = replace(self, sections=sections, prepayments={**self.prepayments, key: paid})
        return _escrow(router, price(paid.rate_per_day, paid.start, paid.end))

    def _live(self, part: Part, gates: Gates, now: int) -> Section:
        section = self._accrued(part.section, gates, now)
        if not gates.get(part.section, Gate()).is_open:
            raise SectionShut(section=part.section)
        return section

    def _prepayment(self, key: Key) -> Prepayment:
        if key not in self.prepayments:
            raise UnknownPrepayment(token=key[0], license=key[1])
        return self.prepayments[key]


def _check_rate(parts: tuple[Part, ...], paid: Prepayment, *, is_all: bool) -> None:
    rate = sum(part.rate_per_day for part in parts)
    if rate > paid.rate_per_day or (is_all and rate != paid.rate_per_day):
        raise WrongRate(given=rate, kept=paid.rate_per_day)


def _escrow(router: Router, amount: int) -> Router:
    return replace(router, balance=router.balance + amount, escrowed=router.escrowed + amount)


def _release(router: Router, amount: int, to: Address) -> Router:
    return _credited(replace(router, escrowed=router.escrowed - amount), (to, amount))


def _spent(router: Router, module: Address, amount: int) -> Router:
    if amount > router.reserves.get(module, 0):
        raise ReserveTooLow(module=module, asked=amount)
    return replace(router, reserves=_added(router.reserves, module, -amount))


def _credited(router: Router, *amounts: tuple[Address, int]) -> Router:
    balances = router.credits
    for account, amount in amounts:
        balances = _added(balances, account, amount)
    return replace(router, credits=balances)


def _routed(router: Router, token: Token, amount: int, holder: LienHolder, now: int) -> Router:
    parts = legs(amount, token.effective)
    lien = router.liens.get(token.id)
    router = _credited(router, *token.split(parts))
    owner = token.payees.owner
    if lien is None:
        return _credited(router, (owner, parts.rest))
    taken = holder.apply_income(lien.id, parts.rest, now)
    router = _credited(router, (taken.creditor, taken.amount), (owner, parts.rest - taken.amount))
    return router.lift(token.id) if taken.is_closed else router


def _added(balances: Mapping[Address, int], account: Address, amount: int) -> dict[Address, int]:
    """Accounts that have nothing are left out, so that equal states are equal values."""
    changed = {**balances, account: balances.get(account, 0) + amount}
    return {each: units for each, units in changed.items() if units}
