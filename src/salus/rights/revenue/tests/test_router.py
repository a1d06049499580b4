"""The router over random lives, against an oracle that counts each license by itself."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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
from salus.rights.revenue.model import (
    DAY,
    Gate,
    Lien,
    Part,
    Payees,
    Prepayment,
    Router,
    Shares,
    Taken,
    Token,
    accrue,
    ceil_day,
    legs,
)

SUBJECT, SOURCE, HOST, PLATFORM, OWNER, LENDER, BUYER = (
    Address(bytes([number]) * 20) for number in range(1, 8)
)
MODULE = Address(b"m" * 20)
PAYEES = Payees(SUBJECT, SOURCE, HOST, PLATFORM, OWNER)
SECTIONS = (0x101, 0x102, 0x103)
TOKEN = Token(0x100, SECTIONS, Shares(), PAYEES)
START = 20_000 * DAY + 777


@dataclass(slots=True)
class Half:
    """A lien holder that takes half of everything, so that both legs are seen."""

    taken: int = 0

    def apply_income(self, lien: int, available: int, now: int) -> Taken:
        half = available // 2
        self.taken += half
        return Taken(half // 2, half - half // 2, LENDER)


@dataclass(slots=True)
class Term:
    """What the oracle knows of one section of one license."""

    part: Part
    start: int
    end: int
    stopped: int | None = None

    def earned(self, gate: Gate, now: int) -> int:
        closed = gate.closed_at(self.part.generation) or now
        until = min(now, self.end, closed, self.stopped if self.stopped is not None else now)
        return self.part.rate_per_day * max(until - self.start, 0)


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.router, self.now = Router(), START
        self.gates = {section: Gate() for section in SECTIONS}
        self.holder, self.paid_in, self.paid_out, self.given = Half(), 0, 0, 0
        self.terms: dict[int, list[Term]] = {}
        self.income = 0

    def key(self, number: int) -> tuple[int, int]:
        return TOKEN.id, number

    def running(self) -> list[int]:
        return [
            number
            for number, terms in self.terms.items()
            if any(term.stopped is None for term in terms)
        ]

    def live(self) -> list[int]:
        """Licenses that run whole: every section open, and before the end."""
        return [
            number
            for number in self.running()
            if all(self.is_open(term) for term in self.terms[number])
            and self.terms[number][0].end > self.now
        ]

    def is_open(self, term: Term) -> bool:
        gate = self.gates[term.part.section]
        return term.stopped is None and gate.is_open and gate.generation == term.part.generation

    @rule(seconds=st.one_of(st.integers(0, 3), st.integers(0, 50 * DAY), st.just(DAY)))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def wait_for_midnight(self) -> None:
        self.now = ceil_day(self.now)

    @rule(
        mask=st.integers(1, 7),
        rate=st.integers(0, 10**9),
        days=st.integers(1, 60),
        shared=st.booleans(),
    )
    def open(self, mask: int, rate: int, days: int, *, shared: bool) -> None:
        chosen = [each for bit, each in enumerate(SECTIONS) if mask >> bit & 1]
        if not all(self.gates[each].is_open for each in chosen):
            return
        parts = tuple(
            Part(each, rate + number, self.gates[each].generation)
            for number, each in enumerate(chosen)
        )
        end, number = ceil_day(self.now + days * DAY), len(self.terms) + 1
        total = sum(part.rate_per_day for part in parts)
        paid = Prepayment(BUYER, self.now, end // DAY, total, is_recurring=True, is_shared=shared)
        before = self.router.balance
        self.router = self.router.open(self.key(number), parts, paid, self.gates)
        self.paid_in += self.router.balance - before
        self.terms[number] = [Term(part, self.now, end) for part in parts]

        assert (self.router.balance - before) * DAY >= total * (end - self.now)

    @precondition(lambda self: self.live())
    @rule(data=st.data(), days=st.integers(1, 60))
    def move(self, data: st.DataObject, days: int) -> None:
        number = data.draw(st.sampled_from(self.live()))
        end = ceil_day(self.now + 1) + (days - 1) * DAY
        parts = tuple(term.part for term in self.terms[number])
        before = self.router.balance
        self.router = self.router.move(
            self.key(number), parts, end // DAY, self.gates, now=self.now
        )
        self.paid_in += self.router.balance - before
        for term in self.terms[number]:
            term.end = end

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.running()))
        left = [term for term in self.terms[number] if term.stopped is None]
        chosen = left[: data.draw(st.integers(1, len(left)))]
        parts = tuple(term.part for term in chosen)
        unearned = sum(
            term.part.rate_per_day * (term.end - term.start)
            - term.earned(self.gates[term.part.section], self.now)
            for term in chosen
        )
        self.router, back = self.router.stop(self.key(number), parts, self.gates, self.now)
        for term in chosen:
            term.stopped = self.now

        assert back * DAY <= unearned < (back + len(chosen)) * DAY

    @rule(section=st.sampled_from(SECTIONS))
    def close(self, section: int) -> None:
        gate = self.gates[section]
        if gate.is_open:
            self.gates[section] = replace(gate, closings=(*gate.closings, self.now))

    @rule(section=st.sampled_from(SECTIONS))
    def reopen(self, section: int) -> None:
        gate = self.gates[section]
        if not gate.is_open:
            self.gates[section] = replace(gate, generation=gate.generation + 1)

    @rule()
    def settle(self) -> None:
        pending = self.router.pending_of(TOKEN, self.gates, self.now)
        owner, lender = self.router.credits.get(OWNER, 0), self.router.credits.get(LENDER, 0)
        subject = self.router.credits.get(SUBJECT, 0)
        self.router = self.router.settle(TOKEN, self.gates, self.holder, self.now)
        self.income += pending
        parts = legs(pending, TOKEN.shares)
        gained = self.router.credits.get(OWNER, 0) - owner
        gained += self.router.credits.get(LENDER, 0) - lender

        assert gained == parts.rest
        assert self.router.credits.get(SUBJECT, 0) - subject == parts.subject
        assert self.router.pending_of(TOKEN, self.gates, self.now) == 0

    @rule(is_set=st.booleans())
    def pledge(self, *, is_set: bool) -> None:
        self.settle()
        if is_set == (TOKEN.id in self.router.liens):
            with pytest.raises(LienExists if is_set else NoLien):
                self.change(is_set=is_set)
        else:
            self.change(is_set=is_set)

    def change(self, *, is_set: bool) -> None:
        if is_set:
            self.router = self.router.lend(TOKEN.id, Lien(MODULE, 1), OWNER, 700)
            self.paid_in += 700
        else:
            self.router = self.router.pay_off(TOKEN, [(LENDER, 500)], (OWNER, 900))
            self.paid_in += 500 + 900

    @rule(amount=st.integers(0, 10**12), kept=st.integers(0, 10**12), to=st.booleans())
    def book(self, amount: int, kept: int, *, to: bool) -> None:
        self.router = self.router.take(MODULE, amount)
        self.paid_in += amount
        receiver = BUYER if to else NOBODY
        reserve = self.router.reserves.get(MODULE, 0)
        if kept > reserve:
            with pytest.raises(ReserveTooLow):
                self.router.credit(MODULE, BUYER, kept)
            return
        self.router = self.router.credit(MODULE, BUYER, kept)
        self.router = self.router.book(
            MODULE, TOKEN, reserve - kept, to=receiver, holder=self.holder, now=self.now
        )

    @rule(
        account=st.sampled_from([SUBJECT, SOURCE, OWNER, LENDER, BUYER]),
        amount=st.integers(1, 10**12),
    )
    def withdraw(self, account: Address, amount: int) -> None:
        has = self.router.credits.get(account, 0)
        if amount > has:
            with pytest.raises(CreditTooLow):
                self.router.withdraw(account, amount)
            amount = has
        self.router = self.router.withdraw(account, amount)
        self.paid_out += amount

    @rule(amount=st.integers(1, 100))
    def donate(self, amount: int) -> None:
        self.router = replace(self.router, balance=self.router.balance + amount)
        self.given += amount

    @invariant()
    def the_balance_is_all_that_is_owed_and_given(self) -> None:
        router = self.router
        owed = router.escrowed + sum(router.credits.values()) + sum(router.reserves.values())

        assert router.balance == self.paid_in + self.given - self.paid_out
        assert router.balance == owed + self.given

    @invariant()
    def income_is_that_of_each_license_by_itself(self) -> None:
        waiting = sum(
            accrue(section, self.gates[number], self.now).section.accrued
            for number, section in self.router.sections.items()
        )
        earned = sum(
            term.earned(self.gates[term.part.section], self.now)
            for terms in self.terms.values()
            for term in terms
        )

        assert self.income * DAY + waiting == earned

    @invariant()
    def the_escrow_covers_what_is_earned_and_what_is_left(self) -> None:
        counted = {
            number: accrue(section, self.gates[number], self.now).section
            for number, section in self.router.sections.items()
        }
        earned = sum(section.accrued for section in counted.values())
        left = sum(
            rate * (day * DAY - self.now)
            for section in counted.values()
            for day, rate in section.drops.items()
        )

        assert self.router.escrowed * DAY >= earned + left

    @invariant()
    def a_token_has_one_lien_at_most(self) -> None:
        assert set(self.router.liens) <= {TOKEN.id}


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_who_is_not_there_has_no_share_and_the_rest_is_the_owners() -> None:
    token = replace(TOKEN, payees=replace(PAYEES, host=NOBODY, platform=NOBODY))
    router = Router().take(MODULE, 10_000)
    router = router.book(MODULE, token, 10_000, to=NOBODY, holder=Half(), now=START)

    assert router.credits == {SUBJECT: 1_000, SOURCE: 1_000, OWNER: 8_000}


def test_the_price_of_a_sale_has_no_lenders_leg() -> None:
    router = Router().lend(TOKEN.id, Lien(MODULE, 1), OWNER, 0).take(MODULE, 10_000)
    router = router.book(MODULE, TOKEN, 10_000, to=BUYER, holder=Half(), now=START)

    assert LENDER not in router.credits
    assert router.credits[BUYER] == 10_000 - 1_000 - 1_000 - 200 - 250


def test_a_loan_that_is_paid_off_is_released_in_the_same_settlement() -> None:
    class Last:
        def apply_income(self, lien: int, available: int, now: int) -> Taken:
            return Taken(1, 9, LENDER, is_closed=True)

    router = Router().lend(TOKEN.id, Lien(MODULE, 1), OWNER, 0).take(MODULE, 10_000)
    router = router.book(MODULE, TOKEN, 10_000, to=NOBODY, holder=Last(), now=START)

    assert router.liens == {}
    assert router.credits[LENDER] == 10
    assert router.credits[OWNER] == 7_550 - 10


def test_a_lapsed_prepayment_begins_anew_and_an_unknown_one_not() -> None:
    part = Part(SECTIONS[0], DAY, 0)
    paid = Prepayment(BUYER, START, START // DAY + 3, DAY, is_recurring=True)
    router = Router().open((1, 1), (part,), paid, {})
    later = paid.end + 5
    moved = router.move((1, 1), (part,), later // DAY + 2, {}, now=later)

    assert moved.prepayments[1, 1].start == later
    assert moved.balance - router.balance == 2 * DAY - later % DAY
    with pytest.raises(UnknownPrepayment):
        router.move((1, 2), (part,), later // DAY + 2, {}, now=later)


def test_a_perpetual_license_shares_the_section_for_ever_and_an_exclusive_one_not() -> None:
    part = Part(SECTIONS[0], 5, 0)
    paid = Prepayment(BUYER, START, START // DAY + 360, 5, is_recurring=False)
    perpetual = Router().open((1, 1), (part,), paid, {})
    alone = replace(paid, is_shared=False)
    exclusive = Router().open((1, 1), (part,), alone, {})

    assert perpetual.sections[SECTIONS[0]].shared_through_day == 65_535
    assert exclusive.sections[SECTIONS[0]].shared_through_day == 0


def test_a_prepayment_beyond_40_bits_a_day_is_refused() -> None:
    part = Part(SECTIONS[0], 2**40, 0)
    paid = Prepayment(BUYER, START, START // DAY + 3, 2**40, is_recurring=True)
    with pytest.raises(RateOverflow):
        Router().open((1, 1), (part,), paid, {})


def test_what_the_exchange_cannot_have_meant_is_refused() -> None:
    part, shut = Part(SECTIONS[0], 5, 0), {SECTIONS[0]: Gate(0, (START - 1,))}
    paid = Prepayment(BUYER, START, START // DAY + 3, 5, is_recurring=True)
    router = Router().open((1, 1), (part,), paid, {})
    other = (replace(part, rate_per_day=6),)

    with pytest.raises(PrepaymentExists):
        router.open((1, 1), (part,), paid, {})
    with pytest.raises(TermOver):
        Router().open((1, 1), (part,), replace(paid, end_day=START // DAY), {})
    with pytest.raises(SectionShut):
        Router().open((1, 1), (part,), paid, shut)
    with pytest.raises(TermOver):
        router.move((1, 1), (part,), START // DAY, {}, now=START)
    with pytest.raises(WrongRate):
        router.move((1, 1), other, START // DAY + 2, {}, now=START)
    with pytest.raises(WrongRate):
        router.stop((1, 1), other, {}, START)
    with pytest.raises(SectionShut):
        router.move((1, 1), (part,), START // DAY + 2, {SECTIONS[0]: Gate(0, (START,))}, now=START)
