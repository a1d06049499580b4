"""Random lives of RevenueRouter: what modules, owners, patients and governors do with money."""

from dataclasses import replace

from salus.kernel.ids import NOBODY, Address
from salus.platform.ledger.transactions import created_address
from salus.rights.identity.model import Roles
from salus.rights.revenue.model import DAY, Key, Lien, Part, Prepayment, Router
from tests.support.money import invariants
from tests.support.money.chain import Chain, Done, actor
from tests.support.money.claims import Claims, claims_code
from tests.support.money.owners import OWNERS, PAYEES, Owners
from tests.support.money.pair import OTHER_PLATFORM, Held
from tests.support.money.world import CODES, RELAYER, World, plan

EXCHANGE, PAYER, CREDITOR, DEBTOR = (
    actor(name) for name in ("exchange", "payer", "creditor", "debtor")
)
REPLACED = ("LicenseBook", "LoanBook", "OfferBook", "Appraiser", "LoanAuction")
RECORDS = 3
VERBS = {
    "wait": 20,
    "open": 22,
    "move": 14,
    "stop": 8,
    "settle": 10,
    "accrue": 3,
    "take": 3,
    "credit": 3,
    "book": 4,
    "pledge": 4,
    "lift": 4,
    "withdraw": 6,
    "withdraw_for": 2,
    "burst": 0.5,
    "close": 1,
    "reopen": 4,
    "give": 2,
    "detach": 1,
    "attach": 1,
    "lower_share": 1,
    "set_host": 1,
    "name_platform": 1,
    "donate": 1,
}


def _modules(chain: Chain) -> dict[str, Address]:
    """The exchange is an account, the lending claims by a rule."""
    names = [step.name for step in plan(dict.fromkeys(REPLACED, NOBODY))]
    router = created_address(RELAYER, names.index("RevenueRouter"))
    code = claims_code(CREDITOR.account, DEBTOR.account, router)
    lending = chain.create(actor("deployer").account, code)
    return dict.fromkeys(REPLACED, NOBODY) | {"LicenseBook": EXCHANGE.account, "LoanBook": lending}


class RouterLife(Owners):
    parties = (PAYER, CREDITOR, DEBTOR, *PAYEES, *OWNERS)

    def __init__(self, seed: int) -> None:
        super().__init__(seed, World(_modules), RECORDS)
        self.holder = Claims(CREDITOR.account)
        self.lending = self.world.modules["LoanBook"]
        self.world.enrich(PAYER, 10**24)
        self.world.admit(OTHER_PLATFORM, Roles(0))

    def step(self) -> None:
        (verb,) = self.chance.choices(list(VERBS), weights=list(VERBS.values()))
        getattr(self, verb)()

    def beneficiary(self, held: Held, number: int) -> Address:
        return DEBTOR.account if number in self.router.liens else held.owners[number].account

    def wait(self) -> None:
        self.told = "wait"
        long = self.chance.randrange(150 * DAY) if self.odds(4) else 0
        self.chain.wait(long or self.time())

    # PREPAYMENTS

    def open(self) -> None:
        held, token = self.any_token()
        key = (token, self.chance.getrandbits(128))
        if self.books.parts and self.odds(4):
            key = self.chance.choice(list(self.books.parts))
        self._open(key, self._parts(held), self.day())

    def burst(self) -> None:
        """More licenses of a section than midnights that one call counts, each with its own end."""
        section = self.chance.choice(self.held).token | self.chance.choice(CODES)
        first = self.now // DAY + 1
        for day in range(first, first + self.chance.choice([63, 64, 65, 66])):
            part = Part(section, self.rate(20) + 1, self._generation(section))
            self._open((section & ~0xFF, self.chance.getrandbits(128)), (part,), day)
        self.chain.wait(self.chance.randrange(50, 80) * DAY)

    def _open(self, key: Key, parts: tuple[Part, ...], end_day: int) -> None:
        is_shared = self.odds(80)
        is_recurring = self.odds(80) or not is_shared
        rate = sum(each.rate_per_day for each in parts)
        paid = Prepayment(PAYER.account, self.now, end_day, rate, is_recurring, is_shared)
        done = self.router_call(
            EXCHANGE, "open", *key, PAYER.account, _legs(parts), end_day, is_recurring, is_shared
        )
        gates = self.books.gates
        if self.both(f"open {key}", done, lambda: self.router.open(key, parts, paid, gates), key):
            invariants.i13_price_covers(paid, done.named("PrepaymentOpened")["price"])
            self.books.parts[key] = parts

    def _parts(self, held: Held) -> tuple[Part, ...]:
        most = self.chance.choice([12, 40, 48]) if self.odds(10) else 30
        codes = sorted(self.chance.sample(CODES, self.chance.randrange(1, 4)))
        sections = [held.token | code for code in codes]
        return tuple(Part(each, self.rate(most), self._generation(each)) for each in sections)

    def move(self) -> None:
        key, parts = self._known()
        if any(each.generation != self._generation(each.section) for each in parts):
            self.stop()  # the exchange does not move what was closed since it was sold
            return
        parts, end_day = self._mistaken(parts), self.day()
        done = self.router_call(EXCHANGE, "move", *key, PAYER.account, _legs(parts), end_day)
        gates, now = self.books.gates, self.now
        self.both(
            f"move {key}",
            done,
            lambda: self.router.move(key, parts, end_day, gates, now=now),
            *([key] if key in self.books.parts else []),
        )

    def stop(self) -> None:
        key, parts = self._known()
        some = tuple(each for each in parts if self.odds(70))
        given = self._mistaken(some)
        generations = [each.generation for each in given]
        done = self.router_call(EXCHANGE, "stop", *key, _legs(given), generations)
        gates, now = self.books.gates, self.now
        if self.both(f"stop {key}", done, lambda: self.router.stop(key, given, gates, now)[0], key):
            self.books.parts[key] = tuple(each for each in parts if each not in given)

    def _known(self) -> tuple[Key, tuple[Part, ...]]:
        """A license of the exchange, or now and then one that nobody has."""
        if not self.books.parts or self.odds(2):
            return (self.held[0].token, 2**64), ()
        key = self.chance.choice(list(self.books.parts))
        return key, self.books.parts[key]

    def _mistaken(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        if parts and self.odds(4):
            return (replace(parts[0], rate_per_day=parts[0].rate_per_day + 2**33), *parts[1:])
        return parts

    # MONEY OF MODULES

    def take(self) -> None:
        amount = self.rate(60)
        done = self.router_call(EXCHANGE, "take", PAYER.account, amount)
        self.both("take", done, lambda: self.router.take(EXCHANGE.account, amount))

    def credit(self) -> None:
        amount, to = self._some_reserve(), self.anybody().account
        done = self.router_call(EXCHANGE, "credit", to, amount)
        self.both("credit", done, lambda: self.router.credit(EXCHANGE.account, to, amount))

    def book(self) -> None:
        held, number = self.any_token()
        amount, to = self._some_reserve(), self.chance.choice([NOBODY, OWNERS[0].account])
        token, now = self.token(held, number), self.now
        done = self.router_call(EXCHANGE, "book", number, amount, to)
        is_done = self.both(
            f"book {number}",
            done,
            lambda: self.router.book(
                EXCHANGE.account, token, amount, to=to, holder=self.holder, now=now
            ),
        )
        if is_done and to != NOBODY:
            self.books.sales[number] = (amount, now)

    def _some_reserve(self) -> int:
        return self.chance.randrange(self.router.reserves.get(EXCHANGE.account, 0) + 2)

    # LIENS

    def pledge(self) -> None:
        held, token = self.any_token()
        lien = Lien(self.lending, self.chance.randrange(2**96))
        to, amount = DEBTOR.account, self.chance.randrange(10**9)
        done = self.claim("lend", token, lien.id, PAYER.account, to, amount)

        def deed() -> Router:
            self.router.lend(token, lien, to, amount)
            return self.settled(self.router, held, token).lend(token, lien, to, amount)

        self.both(f"pledge {token}", done, deed)

    def claim(self, verb: str, *arguments: object) -> Done:
        """A verb that the lending calls."""
        by = self.anybody()
        return self.chain.through(by, self.lending, "RevenueRouter", verb, *arguments)

    def lift(self) -> None:
        """What the token has earned and was not settled is the owner's then."""
        held, token = self.any_token()
        due = [(CREDITOR.account, self.chance.randrange(10**9))]
        rest = (DEBTOR.account, self.chance.randrange(10**9) if self.odds(50) else 0)
        done = self.claim("payOff", token, PAYER.account, due, rest[1], rest[0])
        self.both(
            f"lift {token}", done, lambda: self.router.pay_off(self.token(held, token), due, rest)
        )


def _legs(parts: tuple[Part, ...]) -> list[tuple[int, int]]:
    return [(each.section, each.rate_per_day) for each in parts]
