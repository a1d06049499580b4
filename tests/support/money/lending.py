"""Random lives of lending: values, loans that are paid or go wrong, and the sale of pledges."""

from collections.abc import Mapping
from dataclasses import replace

from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import keccak256
from salus.rights.identity.model import ActionKind, Roles
from salus.rights.revenue.model import BPS, Router
from salus.services.lending.model import (
    LoanOffer,
    Mode,
    Proceeds,
    accrue_interest,
    debt,
)
from tests.support.money import invariants
from tests.support.money.chain import Actor, Done
from tests.support.money.lent import HOUR, KEEPER, LENDERS, LICENSEES, Lent
from tests.support.money.loan_facts import Facts
from tests.support.money.owners import OWNERS

VERBS = {
    "wait": 22,
    "open": 9,
    "stop": 4,
    "crash": 1,
    "poke": 10,
    "borrow": 10,
    "repay": 7,
    "flag": 14,
    "ordeal": 1.5,
    "cure": 5,
    "start": 9,
    "buy": 5,
    "credit_bid": 4,
    "foreclose": 4,
    "set_buyout": 2,
    "buy_out": 2,
    "refinance": 3,
    "refinance_better": 3,
    "hand_on": 2,
    "settle": 6,
    "withdraw": 3,
    "close": 1.2,
    "reopen": 1.5,
    "give": 1,
    "accredit": 0.5,
}
AT_AUCTION = {"wait": 4, "buy": 2, "credit_bid": 2, "foreclose": 3, "repay": 1, "settle": 1}


class LendingLife(Lent):
    def step(self) -> None:
        verbs: Mapping[str, float] = VERBS
        if any(each.state == 1 for each in self.loans.auctions.values()) and self.odds(40):
            verbs = AT_AUCTION
        (verb,) = self.chance.choices(list(verbs), weights=list(verbs.values()))
        getattr(self, verb)()

    # BORROW AND REPAY

    def borrow(self) -> None:
        held = self.chance.choice(self.held)
        token, owner, lender = held.token, held.owners[held.token], self._lender()
        facts = self.facts(token)
        offer = self._offer(token, lender, facts)
        by = owner if self.odds(97) else KEEPER
        intent = self._lent(offer, lender)
        mine = self.chain.intent(by, "LoanBook", "borrow", [_as_abi(offer)])
        done = self.chain.send(by, "LoanBook", "borrow", _as_abi(offer), intent, mine)
        self.both(
            f"borrow {offer}",
            done,
            lambda: self.loans.borrow(offer, owner.account, by.account, facts),
        )

    def _lender(self) -> Actor:
        return self.chance.choice(LENDERS) if self.odds(97) else LICENSEES[0]

    def _lent(self, offer: LoanOffer, lender: Actor) -> tuple[object, ...]:
        return self.chain.intent(
            lender, "LoanBook", "borrow", [_as_abi(offer)], primary="OfferLoan", is_signed=True
        )

    def _offer(self, token: int, lender: Actor, facts: Facts) -> LoanOffer:
        chance, mode = self.chance, self.chance.choice(list(Mode))
        known = self.loans.appraisals.get(token)
        value = known.value if known else 10**9
        rate = facts.rate_of(self.router, token)
        warn = chance.choice([0, 5_000, 5_000, 6_000, 7_500])
        gap = chance.choice([1_000, 1_500]) if self.odds(95) else 999
        seen = facts.fingerprint(token)
        return LoanOffer(
            lender=lender.account,
            token=token,
            fingerprint=seen if self.odds(97) else Digest(keccak256(seen)),
            principal=self._principal(value),
            agreement_hash=Digest(keccak256(bytes([chance.randrange(2)]))),
            apr_bps=0
            if mode is Mode.FRUITS
            else chance.choice([0, 1_200, 3_600, 3_601 if self.odds(9) else 900]),
            term_days=chance.choice([30, 60, 365, 1_095]) if self.odds(97) else 29,
            mode=mode,
            split_bps=chance.choice([0, 5_000, 10_000, 3_333]),
            warn_bps=warn,
            liquidation_bps=warn + gap if warn else 0,
            covenant_rate_per_day=rate * chance.choice([0, 0, 50, 95, 100]) // 100,
            min_rate_per_day=rate * chance.choice([0, 90, 100]) // 100 + self.odds(3),
        )

    def _principal(self, value: int) -> int:
        """Mostly near the limit, and never so small that no loan can be."""
        bps = self.chance.choice([4_000, 3_900, 4_050, self.chance.randrange(500, 4_000)])
        near = min(max(value * bps // BPS, 10**8), 2**80 - 1)
        return near + self.chance.randrange(-1, 2) * self.odds(5)

    def _any_loan(self) -> int:
        live = list(self.loans.creditors)
        if live and self.odds(90):
            return self.chance.choice(live)
        return self.chance.randrange(1, len(self.loans.loans) + 2)

    def _token_of(self, number: int) -> int:
        loan = self.loans.loans.get(number)
        return loan.token if loan else self.held[0].token

    def repay(self) -> None:
        number = self._any_loan()
        loan = self.loans.loans.get(number)
        owed = debt(loan) if loan else 0
        part = self.chance.randrange(owed // 3 + 2)
        amount = owed * 2 if self.odds(12) else self.chance.choice([0, 1, part, max(owed - 1, 0)])
        by = self.chance.choice([KEEPER, *LENDERS])
        facts = self.facts()
        done = self.chain.act(by, "LoanBook", "repay", number, amount)
        before = self.loans
        if self.both(
            f"repay {number} {amount}", done, lambda: self.loans.repay(number, amount, facts)
        ):
            invariants.i3_debt_falls(before.loans[number], self.loans.loans[number], self.now)

    # READINGS

    def flag(self) -> None:
        self._reading("flag", self._any_loan())

    def cure(self) -> None:
        self._reading("cure", self._any_loan())

    def ordeal(self) -> None:
        """Nearly all licensees leave a record that is pledged, and nobody cures it."""
        if not self.loans.creditors:
            return
        number = self.chance.choice(list(self.loans.creditors))
        self._crash(self._token_of(number))
        for time in (0, 6 * HOUR, 24 * HOUR):
            self.chain.wait(time)
            self._reading("flag", number)
        self._start(number)

    def _reading(self, verb: str, number: int) -> None:
        licenses = self._some_licenses(self._token_of(number))
        facts = self.facts()
        done = self.chain.send(KEEPER, "LoanAuction", verb, number, licenses)
        before = self.loans.loans.get(number)
        if self.both(
            f"{verb} {number} {licenses}",
            done,
            lambda: getattr(self.loans, verb)(number, licenses, facts),
        ):
            self._read(number, licenses)
            after = self.loans.loans[number]
            rate = facts.rate_of(self.router, after.token)
            assert before is not None
            invariants.i5_breached(before, after, self.loans.reading(after, rate, self.now))

    def _read(self, number: int, licenses: list[int]) -> None:
        if licenses:
            self.named[self._token_of(number)] = licenses

    # AUCTION

    def start(self) -> None:
        self._start(self._any_loan())

    def _start(self, number: int) -> None:
        licenses = self._some_licenses(self._token_of(number))
        by = self.chance.choice([KEEPER, LENDERS[0], *OWNERS])
        facts = self.facts()
        done = self.chain.act(by, "LoanAuction", "startAuction", number, licenses)
        if self.both(
            f"start {number} {licenses}",
            done,
            lambda: self.loans.start(number, licenses, by.account, facts),
        ):
            self._read(number, licenses)
            started = done.named("AuctionStarted")
            assert started["startPrice"] == self.loans.auctions[number].start_price

    def _any_auction(self) -> int:
        going = [n for n, each in self.loans.auctions.items() if each.state == 1]
        return self.chance.choice(going) if going and self.odds(95) else self._any_loan()

    def buy(self) -> None:
        number = self._any_auction()
        by = self.chance.choice(LICENSEES) if self.odds(93) else KEEPER
        self._purchase("buy", number, by, self._most(number))

    def _most(self, number: int) -> int:
        """What somebody would pay: now and then a unit too little."""
        if number not in self.loans.auctions:
            return 10**30
        price = self.loans.price(number, self.now)
        return price if self.odds(60) else price + self.chance.randrange(-1, 2) * self.odds(50)

    def buy_out(self) -> None:
        asked = list(self.loans.buyouts)
        number = self.chance.choice(asked) if asked and self.odds(90) else self._any_loan()
        by = self.chance.choice(LICENSEES) if self.odds(95) else KEEPER
        most = self.loans.buyouts.get(number, 0) - self.odds(5)
        self._purchase("buy_out", number, by, max(most, 0))

    def _purchase(self, verb: str, number: int, by: Actor, most: int) -> None:
        token = self._token_of(number)
        facts, most = self.facts(token), max(most, 0)
        seen = facts.fingerprint(token)
        given = seen if self.odds(96) else Digest(keccak256(seen))
        name = {"buy": "buy", "buy_out": "buyOut"}[verb]
        done = self.chain.act(by, "LoanAuction", name, number, most, given)
        found: list[Proceeds] = []

        def deed() -> Router:
            sell = self.loans.buy if verb == "buy" else self.loans.buy_out
            router, parts = sell(number, most, given, by.account, facts)
            found.append(parts)
            return router

        if self.both(f"{verb} {number}", done, deed):
            _check_settled(done, found[0])

    def credit_bid(self) -> None:
        number = self._any_auction()
        by = self._creditor(number)
        most, facts = max(self._most(number), 0), self.facts()
        done = self.chain.act(by, "LoanAuction", "creditBid", number, most)
        found: list[Proceeds] = []

        def deed() -> Router:
            router, parts = self.loans.credit_bid(number, most, by.account, facts)
            found.append(parts)
            return router

        if self.both(f"credit bid {number}", done, deed):
            _check_settled(done, found[0])

    def _creditor(self, number: int) -> Actor:
        holder = self.loans.creditors.get(number)
        if holder is None or self.odds(5):
            return KEEPER
        return next(each for each in self.parties if each.account == holder)

    def foreclose(self) -> None:
        number = self._any_auction()
        by, facts = self._creditor(number), self.facts()
        to = self.chance.choice(LENDERS).account if self.odds(95) else OWNERS[0].account
        done = self.chain.act(by, "LoanAuction", "foreclose", number, to)
        self.both(
            f"foreclose {number}",
            done,
            lambda: self.loans.foreclose(number, to, by.account, facts),
        )

    def set_buyout(self) -> None:
        number = self._any_loan()
        loan = self.loans.loans.get(number)
        if loan is None:
            return
        owed = debt(accrue_interest(loan, self.now))
        price = self.chance.choice([0, owed - 1, owed, 2 * owed, 3 * owed])
        owner = self._held_of(loan.token).owners[loan.token]
        by = owner if self.odds(95) else KEEPER
        done = self.chain.act(by, "LoanAuction", "setBuyout", number, max(price, 0))

        def deed() -> Router:
            self.loans.set_buyout(number, max(price, 0), by.account)
            return self.router

        self.both(f"set buyout {number}", done, deed)

    # OTHER LENDERS

    def refinance(self) -> None:
        number = self._any_loan()
        loan = self.loans.loans.get(number)
        if loan is None:
            return
        token = loan.token
        owner, lender, facts = self._held_of(token).owners[token], self._lender(), self.facts(token)
        owed = debt(accrue_interest(loan, self.now))
        # Less than the debt would have to come from the account of the subject, which has nothing.
        more = max(owed, 10**8) + self.chance.randrange(10**7)
        offer = replace(self._offer(token, lender, facts), principal=more)
        intent = self._lent(offer, lender)
        mine = self.chain.intent(owner, "LoanBook", "refinance", [number, _as_abi(offer)])
        done = self.chain.send(owner, "LoanBook", "refinance", number, _as_abi(offer), intent, mine)
        self.both(
            f"refinance {number} {offer}",
            done,
            lambda: self.loans.refinance(number, offer, owner.account, facts),
        )

    def refinance_better(self) -> None:
        number = self._any_loan()
        loan = self.loans.loans.get(number)
        if loan is None:
            return
        lender, facts = self._lender(), self.facts(loan.token)
        offer = replace(
            self._offer(loan.token, lender, facts),
            mode=loan.mode,
            apr_bps=loan.apr_bps * self.chance.choice([90, 90, 80, 91]) // 100,
            term_days=1_095,
            split_bps=loan.split_bps if self.odds(95) else 10_000,
            warn_bps=loan.warn_bps,
            liquidation_bps=loan.liquidation_bps,
            covenant_rate_per_day=loan.covenant_rate_per_day,
            min_rate_per_day=0,
            principal=max(debt(accrue_interest(loan, self.now)), 10**8) + self.odds(50),
            agreement_hash=self.loans.agreements[number],
        )
        done = self.chain.act(lender, "LoanBook", "refinanceBetter", number, _as_abi(offer))
        self.both(
            f"better {number} {offer}",
            done,
            lambda: self.loans.refinance_better(number, offer, facts),
        )

    def hand_on(self) -> None:
        """The holder of a note gives it to somebody else, who is paid from then on."""
        number = self._any_loan()
        if number not in self.loans.creditors:
            return
        by = next(each for each in self.parties if each.account == self.loans.creditors[number])
        to = self.chance.choice([*LENDERS, LICENSEES[4]])
        note = number << 8 | self.loans.loans[number].round
        done = self.chain.send(by, "LoanBook", "transferFrom", by.account, to.account, note)

        def deed() -> Router:
            self.loans.creditors[number] = to.account
            return self.router

        self.both(f"hand on {number}", done, deed)

    def accredit(self) -> None:
        """A licensee loses its role, or gets it back."""
        self.told = "accredit"
        out = sorted({each.account for each in LICENSEES} - self.accredited)
        who = self.chance.choice(out or [each.account for each in LICENSEES])
        roles = int(Roles.LICENSEE) if who not in self.accredited else 0
        self.world.decide(ActionKind.SET_ROLES, who, roles)
        self.accredited ^= {who}


def _check_settled(done: Done, parts: Proceeds) -> None:
    told = done.named("AuctionSettled")
    assert (told["paid"], told["surplus"], told["shortfall"]) == (
        parts.paid,
        parts.surplus,
        parts.shortfall,
    )


def _as_abi(offer: LoanOffer) -> tuple[object, ...]:
    return (
        offer.lender,
        offer.token,
        offer.fingerprint,
        offer.principal,
        offer.apr_bps,
        offer.term_days,
        int(offer.mode),
        offer.split_bps,
        offer.warn_bps,
        offer.liquidation_bps,
        offer.covenant_rate_per_day,
        offer.min_rate_per_day,
        offer.agreement_hash,
    )
