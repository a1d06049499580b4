"""The books of lending and their model side by side: licenses that pay, values, and comparing."""

from collections.abc import Callable

from salus.kernel.ids import NOBODY, Address, Digest
from salus.rights.identity.model import Roles
from salus.rights.records.ledger import TokenState
from salus.rights.revenue.model import DAY, Gate, Key, Part, Prepayment, Router
from salus.services.lending.model import (
    TERMINAL,
    LastSale,
    State,
    accrue_interest,
    debt,
)
from tests.support.money import invariants
from tests.support.money.chain import Actor, Chain, Done, actor
from tests.support.money.loan_facts import Facts
from tests.support.money.loans import Loans
from tests.support.money.owners import OWNERS, PAYEES, Owners
from tests.support.money.pair import OTHER_PLATFORM, Held
from tests.support.money.world import CODES, World

EXCHANGE, KEEPER = actor("exchange"), actor("keeper")
LICENSEES = tuple(actor(f"licensee {number}") for number in range(6))
LENDERS = (actor("bank"), actor("fund"))
HOUR = 3_600
GRACE = 72 * HOUR
EDGES = (6 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR, 2 * DAY, 7 * DAY, 14 * DAY)


def _modules(chain: Chain) -> dict[str, Address]:
    """The exchange is an account, so that licenses are what a test needs."""
    return {"LicenseBook": EXCHANGE.account, "OfferBook": NOBODY}


class Lent(Owners):
    parties = (*LICENSEES, *LENDERS, KEEPER, *PAYEES, *OWNERS)
    owners = (*OWNERS, LICENSEES[5])

    def __init__(self, seed: int, records: int = 3) -> None:
        super().__init__(seed, World(_modules), records)
        self.loans = self.holder = Loans()
        self.lending = self.chain.contracts["LoanBook"].address
        self.accredited = frozenset(each.account for each in LICENSEES)
        self.prices: dict[int, int] = {}
        self.named: dict[int, list[int]] = {}
        self.world.admit(OTHER_PLATFORM, Roles(0))
        for each in LICENSEES:
            self.world.admit(each, Roles.LICENSEE)
        for each in LENDERS:
            self.world.admit(each, Roles.LENDER)
        for each in (*LICENSEES, *LENDERS, KEEPER, *OWNERS):
            self.world.enrich(each, 10**24)
        for held in self.held:
            self._subscribed(held)
        self.chain.wait(95 * DAY + self.chance.randrange(20 * DAY))

    def _subscribed(self, held: Held) -> None:
        """Every licensee pays for a while ahead, so that there is something to lend on."""
        base = self.chance.randrange(10**6, 10**8)
        for each in LICENSEES:
            rate = base * self.chance.randrange(80, 121) // 100
            self._open(held, each, rate, self.chance.randrange(150, 400))

    def wait(self) -> None:
        """To some time, or to the second at which something becomes possible."""
        self.told = "wait"
        times = [1, HOUR, 6 * HOUR, 24 * HOUR, 3 * DAY, self.chance.randrange(8 * DAY)]
        live = [self.loans.loans[number] for number in self.loans.creditors]
        if live and self.odds(30):
            loan = self.chance.choice(live)
            edges = [loan.due + GRACE, loan.due, *(loan.since + each for each in EDGES)]
            times = [each - self.now + self.chance.randrange(-1, 2) for each in edges]
            times = [each for each in times if 0 < each < 40 * DAY] or [1]
        if any(each.state == 1 for each in self.loans.auctions.values()):
            times = [each for each in times if each <= 24 * HOUR or self.odds(30)] or [HOUR]
        self.chain.wait(self.chance.choice(times))

    # BOTH

    def both(self, told: str, done: Done, deed: Callable[[], Router], *keys: Key) -> bool:
        """The loans go on with a copy, which is kept if nothing was refused."""
        before = self.loans
        self.loans = self.holder = before.copy()
        if not super().both(told, done, deed, *keys):
            self.loans = self.holder = before
            return False
        events = [each.values for each in done.events if each.name == "LoanPaid"]
        paid = [(each["loanId"], each["interest"], each["principal"]) for each in events]
        assert paid == self.loans.paid
        invariants.i7_terminal_is_final(before, self.loans)
        for token, receiver in self.loans.released:
            self._released(token, receiver)
        return True

    def _released(self, token: int, receiver: Address) -> None:
        """A token that does not go home needs new keys."""
        (held,) = (each for each in self.held if token in each.owners)
        if receiver == held.owners[token].account:
            return
        (owner,) = (each for each in self.parties if each.account == receiver)
        held.owners[token] = owner
        self._rekeyed(token, owner)

    def spare(self) -> Loans:
        return self.loans.copy()

    def facts(self, *tokens: int) -> Facts:
        seen = {each: Digest(bytes(self.view("collateralFingerprint", each))) for each in tokens}
        return Facts(
            now=self.now,
            router=self.router,
            token=lambda number: self.token(self._held_of(number), number),
            settle=lambda router, number: self.settled(router, self._held_of(number), number),
            rate_of=lambda router, number: router.rate_of(
                self.token(self._held_of(number), number), self.books.gates, self.now
            ),
            fingerprint=lambda number: seen[number],
            sale=self._sale,
            counts=self._counts,
            lenders=frozenset(each.account for each in LENDERS),
            acquirers=self.accredited | {each.account for each in LENDERS},
            lending=self.lending,
        )

    def _held_of(self, token: int) -> Held:
        return next(each for each in self.held if token in each.owners)

    def _sale(self, token: int) -> LastSale | None:
        return LastSale(*self.books.sales[token]) if token in self.books.sales else None

    def _counts(self, token: int, licensee: Address) -> bool:
        held = self._held_of(token)
        parties = {held.owners[token].account, held.patient.subject.account}
        return licensee in self.accredited and licensee not in parties

    # LICENSES

    def open(self) -> None:
        rate = self.rate(28)
        self._open(
            self.chance.choice(self.held),
            self.chance.choice(LICENSEES),
            rate,
            self.chance.randrange(1, 200),
        )

    def _open(self, held: Held, by: Actor, rate: int, days: int) -> None:
        key, section = (
            (held.token, self.chance.getrandbits(64)),
            held.token | self.chance.choice(CODES),
        )
        gate = self.books.gates.get(section, Gate())
        parts, is_recurring = (Part(section, rate, gate.generation),), self.odds(95)
        end_day = self.now // DAY + days
        paid = Prepayment(by.account, self.now, end_day, rate, is_recurring)
        legs = [(section, rate)]
        done = self.router_call(
            EXCHANGE, "open", *key, by.account, legs, end_day, is_recurring, True
        )
        gates = self.books.gates
        if self.both("open", done, lambda: self.router.open(key, parts, paid, gates), key):
            self.books.parts[key] = parts

    def stop(self) -> None:
        live = [key for key in self.books.parts if self.books.parts[key]]
        if not live:
            return
        self._stop(self.chance.choice(live[-12:]))

    def _stop(self, key: Key) -> None:
        parts = self.books.parts[key]
        legs = [(each.section, each.rate_per_day) for each in parts]
        done = self.router_call(EXCHANGE, "stop", *key, legs, [each.generation for each in parts])
        gates, now = self.books.gates, self.now
        if self.both("stop", done, lambda: self.router.stop(key, parts, gates, now)[0], key):
            self.books.parts[key] = ()

    def crash(self) -> None:
        """Most licensees leave a record."""
        self._crash(self.chance.choice(self.held).token)

    def _crash(self, token: int) -> None:
        live = [key for key, parts in self.books.parts.items() if key[0] == token and parts]
        for key in live[: -self.chance.choice([1, 2, 4])]:
            self._stop(key)

    # VALUE

    def poke(self) -> None:
        token = self.chance.choice(self.held).token
        licenses = self._licenses(token)
        done = self.chain.send(KEEPER, "Appraiser", "poke", token, licenses)
        facts = self.facts()

        def deed() -> Router:
            before = self.loans.appraisals.get(token)
            self.loans.poke(token, licenses, self.router, facts)
            invariants.i9_rises_slowly(before, self.loans.appraisals[token])
            return self.router

        if self.both(f"poke {token} {licenses}", done, deed):
            self.named[token] = licenses

    def _licenses(self, token: int) -> list[int]:
        """Those of a token in order; sometimes fewer, too many, or in another order."""
        if token in self.named and self.odds(60):
            return self.named[token]
        known = [key[1] for key, parts in self.books.parts.items() if key[0] == token and parts]
        paid = self.router.prepayments
        live = [each for each in known if paid[token, each].end > self.now - 90 * DAY][-32:]
        live.sort(key=lambda each: (paid[token, each].licensee, each))
        if self.odds(10) and live:
            return [each for each in live if self.odds(70)]
        if self.odds(2) and live:
            return [*live[1:], live[0]]
        return [1] * 33 if self.odds(1) else live

    def _some_licenses(self, token: int) -> list[int]:
        return [] if self.odds(40) else self._licenses(token)

    # CHECK

    def check(self, *, is_whole: bool) -> None:
        super().check(is_whole=is_whole)
        for number in self.loans.loans if is_whole else list(self.loans.creditors):
            self._check_loan(number)
        for number, auction in self.loans.auctions.items():
            if auction.state == 1:
                self._check_price(number)
        if is_whole:
            for token in self.loans.appraisals:
                self._check_value(token)
            self._check_pledges()

    def _check_loan(self, number: int) -> None:
        loan = self.loans.loans[number]
        found = self.chain.view("LoanBook", "loanOf", number)
        is_counting = loan.state is not State.AUCTION and loan.state not in TERMINAL
        expected = (
            loan.borrower,
            int(loan.state),
            int(loan.mode),
            int(loan.breach),
            loan.round,
            loan.split_bps,
            loan.apr_bps,
            loan.warn_bps,
            loan.liquidation_bps,
            loan.principal,
            loan.interest,
            loan.accrued_at if is_counting else found[11],
            loan.token,
            loan.due,
            loan.since,
            loan.covenant_rate_per_day,
        )
        assert expected == found
        owed = debt(accrue_interest(loan, self.now))
        assert self.chain.view("LoanBook", "loanDebtOf", number) == owed
        creditor = self.loans.creditors.get(number, NOBODY)
        assert self.chain.view("LoanBook", "creditorOf", number) == creditor

    def _check_price(self, number: int) -> None:
        price = self.chain.view("LoanAuction", "priceAt", number)
        assert price == self.loans.price(number, self.now)
        invariants.i8_price_falls(self.prices.get(number, price), price)
        self.prices[number] = price

    def _check_value(self, token: int) -> None:
        known = self.loans.appraisals[token]
        found = self.chain.view("Appraiser", "appraisalOf", token)
        assert (known.value, known.at, known.peak, known.fell_at, known.set_hash) == found

    def _check_pledges(self) -> None:
        live = {self.loans.loans[number].token for number in self.loans.creditors}
        for held in self.held:
            for token, owner in held.owners.items():
                assert owner.account == self.chain.view("RecordRegistry", "ownerOf", token)
                state = TokenState(*self.chain.view("RecordRegistry", "tokenStateOf", token))
                invariants.i4_pledged(
                    state.locker,
                    self.lending,
                    is_pledged=token in live,
                    has_lien=token in self.router.liens,
                )
        for number in self.loans.creditors:
            arguments = (number, 2**90)
            invariants.i6_repayable(self.chain.would(KEEPER, "LoanBook", "repay", *arguments))
