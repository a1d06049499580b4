"""RevenueRouter and its model side by side: what both are given, and how they are compared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from salus.kernel.ids import NOBODY, Address
from salus.rights.revenue.errors import SettleFirst
from salus.rights.revenue.model import (
    DAY,
    Gate,
    Key,
    LienHolder,
    Part,
    Payees,
    Router,
    Section,
    Shares,
    Token,
    accrue,
)
from tests.support.money import invariants
from tests.support.money.chain import Actor, Done, actor
from tests.support.money.life import Life
from tests.support.money.replay import Replay
from tests.support.money.world import CODES, HOSPITAL, HOST, PLATFORM, Patient, World

SHARES = (Shares(), Shares(subject=1_000, source=2_000, host=500), Shares(500, 0, 0))
HOSTS = (HOST.account, HOST.account, NOBODY)
OTHER_HOST, OTHER_PLATFORM = actor("other host"), actor("other platform")


@dataclass(slots=True)
class Held:
    """A record with the tokens that there are of it, by number, and their owners."""

    patient: Patient
    shares: Shares
    host: Address
    owners: dict[int, Actor]
    detached: int = 0
    is_erased: bool = False

    @property
    def token(self) -> int:
        return self.patient.token

    def sections(self, token: int) -> tuple[int, ...]:
        if token != self.token:
            return (token,)
        return tuple(token | code for code in CODES if not self.detached >> code & 1)


@dataclass(slots=True)
class Books:
    """What the driver remembers for both sides, because neither has to be asked for it."""

    gates: dict[int, Gate] = field(default_factory=dict)
    parts: dict[Key, tuple[Part, ...]] = field(default_factory=dict)
    sales: dict[int, tuple[int, int]] = field(default_factory=dict)
    donated: int = 0
    platform: Address = PLATFORM.account


class RouterPair(Life):
    """`holder` answers for the lending in the model."""

    holder: LienHolder

    def __init__(self, seed: int, world: World, records: int) -> None:
        super().__init__(seed)
        self.world, self.chain = world, world.chain
        self.router, self.replay, self.books = Router(), Replay(), Books()
        self.held = [self._held(number) for number in range(records)]
        self._looked: tuple[Router, set[Key]] = (self.router, set())

    def _held(self, number: int) -> Held:
        shares, host = SHARES[number % 3], HOSTS[number % 3]
        patient = self.world.patient(number, shares, host)
        return Held(patient, shares, host, {patient.token: patient.subject})

    @property
    def calls(self) -> int:
        return self.chain.calls

    @property
    def now(self) -> int:
        return self.chain.now

    # WHAT THE MODEL IS GIVEN

    def token(self, held: Held, number: int) -> Token:
        payees = Payees(
            held.patient.subject.account,
            HOSPITAL.account,
            held.host,
            self.books.platform,
            self.beneficiary(held, number),
        )
        return Token(number, held.sections(number), held.shares, payees)

    def beneficiary(self, held: Held, number: int) -> Address:
        return held.owners[number].account

    def is_locked(self, token: int) -> bool:
        """Pledged: it is neither given nor divided until it is free."""
        return token in self.router.liens

    def any_token(self) -> tuple[Held, int]:
        held = self.chance.choice(self.held)
        return held, self.chance.choice(list(held.owners))

    def settled(self, router: Router, held: Held, *numbers: int) -> Router:
        """After these tokens, or all of a record, were settled one after the other."""
        for number in numbers or sorted(held.owners):
            router = router.settle(
                self.token(held, number), self.books.gates, self.holder, self.now
            )
        return router

    def spare(self) -> LienHolder:
        """To ask what would be, without anything happening."""
        return self.holder

    # BOTH

    def both(self, told: str, done: Done, deed: Callable[[], Router], *keys: Key) -> bool:
        """Whether a verb happened; both sides agree on that, and the events tell the rest."""
        after = self.agree(told, done, deed)
        if after is None:
            return False
        invariants.i2_legs_sum(done.events)
        floors = {int(held.patient.record): held.shares.subject for held in self.held}
        invariants.i18_floor_first(done.events, floors)
        self.router = after
        self.replay.follow(done.events)
        self._looked[1].update(keys)
        return True

    def router_call(self, by: Actor, verb: str, *arguments: Any) -> Done:
        return self.chain.send(by, "RevenueRouter", verb, *arguments)

    def view(self, name: str, *arguments: Any) -> Any:
        return self.chain.view("RevenueRouter", name, *arguments)

    # CHECK

    def check(self, *, is_whole: bool) -> None:
        """What a step changed, and from time to time everything."""
        before, keys = self._looked
        invariants.i14_replayed(self.replay, self.router)
        assert self.view("escrowed") == self.router.escrowed
        self._check_credits(before, is_whole=is_whole)
        self._check_sections(before, is_whole=is_whole)
        known = list(self.router.prepayments)
        for key in {*keys, *self.chance.sample(known, min(len(known), 8 if is_whole else 0))}:
            self._check_prepayment(key)
        if is_whole:
            self._check_totals()
        self._looked = (self.router, set())

    def _check_credits(self, before: Router, *, is_whole: bool) -> None:
        accounts = {*before.credits, *self.router.credits}
        for each in accounts:
            credit = self.router.credits.get(each, 0)
            if is_whole or credit != before.credits.get(each, 0):
                assert self.view("creditOf", each) == credit

    def _check_sections(self, before: Router, *, is_whole: bool) -> None:
        for each, section in self.router.sections.items():
            if is_whole or section is not before.sections.get(each):
                gate = self.books.gates.get(each, Gate())
                self._check_section(each, accrue(section, gate, self.now).section)

    def _check_section(self, number: int, section: Section) -> None:
        found = self.view("streamOf", number)
        # While nothing flows, when it was last counted does not matter, and the contract saves it.
        last = section.last if section.rate_per_day else found[2]
        expected = (section.accrued, section.rate_per_day, last, section.generation)
        invariants.i11_earned((*expected, section.shared_through_day), found)

    def _check_prepayment(self, key: Key) -> None:
        paid = self.router.prepayments[key]
        found = self.view("prepaymentOf", *key)
        expected = (paid.licensee, paid.start, paid.end_day, paid.rate_per_day, paid.is_recurring)
        assert expected == found
        assert self.replay.terms[key] == (paid.licensee, paid.end_day)

    def _check_totals(self) -> None:
        balance = self.chain.view(
            "SettlementToken", "balanceOf", self.chain.contracts["RevenueRouter"].address
        )
        for module, reserve in self.router.reserves.items():
            assert self.view("reserveOf", module) == reserve
        invariants.i1_balance(self.router, balance, self.books.donated)
        invariants.i2_escrow_covers(self.router, self.books.gates, self.now)
        for held in self.held:
            for number in held.owners:
                self._check_token(held, number)

    def _check_token(self, held: Held, number: int) -> None:
        subject = self.chain.view("RecordRegistry", "subjectOf", held.patient.record)
        assert subject == held.patient.subject.account
        lien = self.router.liens.get(number)
        assert self.view("lienOf", number) == ((lien.module, lien.id) if lien else (NOBODY, 0))
        assert self.view("lastSaleOf", number) == self.books.sales.get(number, (0, 0))
        token = self.token(held, number)
        try:
            self.router.settle(token, self.books.gates, self.spare(), self.now)
        except SettleFirst:
            return
        gates = self.books.gates
        assert self.view("rateOf", number) == self.router.rate_of(token, gates, self.now)
        assert self.view("pendingOf", number) == self.router.pending_of(token, gates, self.now)

    # DAYS

    def day(self, most: int = 120) -> int:
        """A day to end at: mostly soon, sometimes now or before."""
        return self.now // DAY + (
            self.chance.randrange(-1, 2) if self.odds(10) else self.chance.randrange(1, most)
        )
