"""LoanBook, LoanAuction and Appraiser: the rules of lending in the order of the contracts.

The rules are those of `salus.services.lending.model`; here is who asks which of them first.
"""

from dataclasses import dataclass, field, replace

from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import keccak256
from salus.rights.records.errors import Locked
from salus.rights.revenue.model import Lien, Router, Taken
from salus.services.lending import errors as e
from salus.services.lending.model import (
    NO_SET,
    TERMINAL,
    Appraisal,
    Breach,
    Loan,
    LoanOffer,
    Proceeds,
    Reading,
    SetHash,
    State,
    accrue_interest,
    appraise,
    check_better,
    check_collateral,
    check_offer,
    cure,
    debt,
    divided,
    flag,
    foreclose,
    is_over,
    opened,
    pay,
    price_at,
    raw_value,
    start_auction,
    start_price,
)
from salus.services.lending.model import apply_income as applied_income
from salus.services.lending.model.auction import CREDIT_BID_FROM
from tests.support.money.loan_facts import Auction, Facts, named, paid_on


@dataclass(slots=True)
class Loans:
    """Its verbs change it: let them work on a copy, and keep that if nothing is raised."""

    loans: dict[int, Loan] = field(default_factory=dict)
    creditors: dict[int, Address] = field(default_factory=dict)
    agreements: dict[int, Digest] = field(default_factory=dict)
    auctions: dict[int, Auction] = field(default_factory=dict)
    buyouts: dict[int, int] = field(default_factory=dict)
    appraisals: dict[int, Appraisal] = field(default_factory=dict)
    paid: list[tuple[int, int, int]] = field(default_factory=list)
    released: list[tuple[int, Address]] = field(default_factory=list)

    def copy(self) -> "Loans":
        """With nothing paid and nothing released yet."""
        return Loans(
            dict(self.loans),
            dict(self.creditors),
            dict(self.agreements),
            dict(self.auctions),
            dict(self.buyouts),
            dict(self.appraisals),
        )

    # INCOME

    def apply_income(self, lien: int, available: int, now: int) -> Taken:
        """As the router asks it; it does not ask where nothing came in."""
        loan, creditor = self.loans[lien], self.creditors[lien]
        if available == 0:
            return Taken(0, 0, creditor)
        payment = applied_income(loan, available, self.reading(loan, 0, now), now)
        self.loans[lien] = payment.loan
        self.paid.append((lien, payment.interest, payment.principal))
        if payment.is_closed:
            self._end(lien, State.REPAID, loan.borrower, now)
        return Taken(payment.interest, payment.principal, creditor, payment.is_closed)

    def reading(self, loan: Loan, rate: int, now: int) -> Reading:
        known = self.appraisals.get(loan.token, Appraisal())
        return Reading(known.value, known.is_fresh(now), rate)

    def _end(self, number: int, state: State, receiver: Address, now: int) -> None:
        loan = self.loans[number]
        if loan.state is State.AUCTION and state is State.REPAID:
            self.auctions[number] = replace(self.auctions[number], state=2)
        self.loans[number] = replace(
            loan, state=state, breach=Breach.NONE, since=now, principal=0, interest=0
        )
        del self.creditors[number]
        self.released.append((loan.token, receiver))

    # BORROW AND REPAY

    def borrow(self, offer: LoanOffer, owner: Address, by: Address, facts: Facts) -> Router:
        self._check_lender(offer, facts)
        if by != owner:
            raise e.NotOwner(signer=by)
        self._check_offer(offer, facts.router, facts)
        number = len(self.loans) + 1
        self._write(offer, number, owner, 0, facts)
        lent = (offer.token, Lien(facts.lending, number), owner, offer.principal)
        if offer.token in facts.router.liens:
            raise Locked(tokenId=offer.token)
        return facts.settle(facts.router, offer.token).lend(*lent)

    def _check_lender(self, offer: LoanOffer, facts: Facts) -> None:
        if offer.lender not in facts.lenders:
            raise e.CannotLend(signer=offer.lender)

    def _check_offer(self, offer: LoanOffer, router: Router, facts: Facts) -> None:
        check_offer(offer)
        found = facts.fingerprint(offer.token)
        if found != offer.fingerprint:
            raise e.FingerprintChanged(expected=offer.fingerprint, found=found)
        known = self.appraisals.get(offer.token, Appraisal())
        rate = facts.rate_of(router, offer.token)
        check_collateral(offer, Reading(known.value, known.is_fresh(facts.now), rate))

    def _write(
        self, offer: LoanOffer, number: int, owner: Address, round_: int, facts: Facts
    ) -> None:
        self.loans[number] = opened(offer, number, owner, facts.now, round_)
        self.creditors[number] = offer.lender
        self.agreements[number] = offer.agreement_hash

    def settled(self, number: int, facts: Facts) -> Router:
        """What the token has earned pays first; the loan may be repaid by that."""
        self._check_live(number)
        return facts.settle(facts.router, self.loans[number].token)

    def settled_live(self, number: int, facts: Facts) -> Router:
        router = self.settled(number, facts)
        self._check_live(number)
        self.loans[number] = accrue_interest(self.loans[number], facts.now)
        return router

    def _check_live(self, number: int) -> None:
        loan = self.loans.get(number)
        if loan is None or loan.state in TERMINAL:
            state = State.NONE if loan is None else loan.state
            raise e.WrongState(loan=number, state=state.name.lower())

    def repay(self, number: int, amount: int, facts: Facts) -> Router:
        router = self.settled(number, facts)
        if self.loans[number].state in TERMINAL:
            return router
        loan, creditor = accrue_interest(self.loans[number], facts.now), self.creditors[number]
        given = min(amount, debt(loan))
        if self._owed_after(loan, given):
            return paid_on(router, facts, (creditor, given))
        self._end(number, State.REPAID, loan.borrower, facts.now)
        return router.pay_off(facts.token(loan.token), [(creditor, given)], (NOBODY, 0))

    def _owed_after(self, loan: Loan, amount: int) -> int:
        """What is still owed when an amount is off the debt."""
        payment = pay(loan, amount)
        self.loans[loan.id] = payment.loan
        self.paid.append((loan.id, payment.interest, payment.principal))
        return debt(payment.loan)

    # REFINANCE

    def refinance(self, number: int, offer: LoanOffer, by: Address, facts: Facts) -> Router:
        self._check_lender(offer, facts)
        known = self.loans.get(number)
        if known is None or by != known.borrower:
            raise e.NotOwner(signer=by)
        router = self._refinanced(number, offer, facts)
        owed, creditor = debt(self.loans[number]), self.creditors[number]
        self._write(offer, number, known.borrower, known.round + 1, facts)
        parts = [(creditor, owed), (known.borrower, offer.principal - owed)]
        return paid_on(router, facts, *parts)

    def refinance_better(self, number: int, offer: LoanOffer, facts: Facts) -> Router:
        self._check_lender(offer, facts)
        router = self._refinanced(number, offer, facts)
        loan, creditor = self.loans[number], self.creditors[number]
        check_better(loan, self.agreements[number], offer, facts.now)
        owed = debt(loan)
        self._write(replace(offer, principal=owed), number, loan.borrower, loan.round + 1, facts)
        return paid_on(router, facts, (creditor, owed))

    def _refinanced(self, number: int, offer: LoanOffer, facts: Facts) -> Router:
        router = self.settled_live(number, facts)
        loan = self.loans[number]
        if loan.state is State.AUCTION:
            raise e.WrongState(loan=number, state="auction")
        if offer.token != loan.token:
            raise e.TermsOutOfBounds(field="tokenId")
        self._check_offer(offer, router, facts)
        return router

    # READINGS

    def poke(self, token: int, licenses: list[int], router: Router, facts: Facts) -> None:
        raw = raw_value(
            list(named(token, licenses, router, facts)),
            facts.rate_of(router, token),
            facts.now,
        )
        packed = b"".join(each.to_bytes(32) for each in licenses)
        known = self.appraisals.get(token, Appraisal(set_hash=NO_SET))
        self.appraisals[token] = appraise(
            known, raw, facts.sale(token), SetHash(keccak256(packed)), facts.now
        )

    def _read(self, number: int, licenses: list[int], facts: Facts) -> tuple[Router, Loan, Reading]:
        router = self.settled_live(number, facts)
        loan = self.loans[number]
        if licenses:
            self.poke(loan.token, licenses, router, facts)
        return router, loan, self.reading(loan, facts.rate_of(router, loan.token), facts.now)

    def flag(self, number: int, licenses: list[int], facts: Facts) -> Router:
        router, loan, reading = self._read(number, licenses, facts)
        self.loans[number] = flag(loan, reading, facts.now)
        return router

    def cure(self, number: int, licenses: list[int], facts: Facts) -> Router:
        router, loan, reading = self._read(number, licenses, facts)
        self.loans[number] = cure(loan, reading, facts.now)
        return router

    # AUCTION

    def start(self, number: int, licenses: list[int], by: Address, facts: Facts) -> Router:
        router, loan, reading = self._read(number, licenses, facts)
        self.loans[number] = start_auction(loan, reading, facts.now)
        price = start_price(reading.value, debt(loan), is_fresh=reading.is_fresh)
        self.auctions[number] = Auction(price, facts.now, by)
        return router

    def price(self, number: int, now: int) -> int:
        auction = self.auctions[number]
        return price_at(auction.start_price, auction.started_at, now)

    def _check_open(self, number: int, now: int) -> None:
        auction = self.auctions.get(number)
        if auction is None or auction.state != 1 or is_over(auction.started_at, now):
            raise e.Closed(loan=number)

    def buy(
        self, number: int, most: int, seen: Digest, by: Address, facts: Facts
    ) -> tuple[Router, Proceeds]:
        self._check_open(number, facts.now)
        self._check_buyer(number, seen, by, facts)
        price = self.price(number, facts.now)
        if price > most:
            raise e.PriceAbove(limit=most, price=price)
        return self._sold(number, price, by, facts, starter=self.auctions[number].starter)

    def credit_bid(
        self, number: int, most: int, by: Address, facts: Facts
    ) -> tuple[Router, Proceeds]:
        self._check_open(number, facts.now)
        if by != self.creditors[number]:
            raise e.NotHolder(signer=by)
        if by not in facts.acquirers:
            raise e.CannotAcquire(signer=by)
        auction = self.auctions[number]
        if facts.now < auction.started_at + CREDIT_BID_FROM:
            raise e.TooEarly(at=auction.started_at + CREDIT_BID_FROM)
        price = self.price(number, facts.now)
        if price > most:
            raise e.PriceAbove(limit=most, price=price)
        return self._sold(number, price, by, facts, starter=auction.starter, is_credit=True)

    def _check_buyer(self, number: int, seen: Digest, by: Address, facts: Facts) -> None:
        if by not in facts.acquirers:
            raise e.CannotAcquire(signer=by)
        found = facts.fingerprint(self.loans[number].token)
        if found != seen:
            raise e.FingerprintChanged(expected=seen, found=found)

    def _sold(
        self,
        number: int,
        price: int,
        buyer: Address,
        facts: Facts,
        *,
        starter: Address,
        is_credit: bool = False,
    ) -> tuple[Router, Proceeds]:
        if number in self.auctions:
            self.auctions[number] = replace(self.auctions[number], state=3)
        router = self.settled_live(number, facts)
        loan, creditor = self.loans[number], self.creditors[number]
        has_bounty = starter not in {NOBODY, loan.borrower}
        parts = divided(price, debt(loan), has_bounty=has_bounty)
        self._owed_after(loan, parts.paid)
        self._end(number, State.SETTLED, buyer, facts.now)
        due = [(starter, parts.bounty)]
        due += [] if is_credit else [(creditor, parts.paid)]
        rest = (loan.borrower, parts.surplus)
        return router.pay_off(facts.token(loan.token), due, rest), parts

    def foreclose(self, number: int, to: Address, by: Address, facts: Facts) -> Router:
        auction = self.auctions.get(number)
        if auction is None or auction.state != 1:
            raise e.Closed(loan=number)
        if by != self.creditors[number]:
            raise e.NotHolder(signer=by)
        foreclose(self.loans[number], facts.now)
        if to not in facts.acquirers:
            raise e.CannotAcquire(signer=to)
        self.auctions[number] = replace(auction, state=2)
        router = self.settled_live(number, facts)
        token = self.loans[number].token
        self._end(number, State.FORECLOSED, to, facts.now)
        return router.lift(token)

    # BUYOUT

    def set_buyout(self, number: int, price: int, by: Address) -> None:
        if number not in self.creditors:
            raise e.Closed(loan=number)
        if by != self.loans[number].borrower:
            raise e.NotBorrower(signer=by)
        self.buyouts[number] = price

    def buy_out(
        self, number: int, most: int, seen: Digest, by: Address, facts: Facts
    ) -> tuple[Router, Proceeds]:
        if number not in self.creditors:
            raise e.Closed(loan=number)
        self._check_buyer(number, seen, by, facts)
        price = self.buyouts.get(number, 0)
        if price > most:
            raise e.PriceAbove(limit=most, price=price)
        router, parts = self._sold(number, price, by, facts, starter=NOBODY)
        if parts.shortfall:
            raise e.NothingOffered(loan=number, debt=parts.paid + parts.shortfall)
        return router, parts
