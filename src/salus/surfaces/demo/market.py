"""The record is licensed, earns by the second, is pledged, and comes home repaid."""

from dataclasses import dataclass
from datetime import timedelta

from salus.kernel.clock import stamp
from salus.kernel.ids import NOBODY, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing import licenses
from salus.rights.consent.licensing import service as licensing
from salus.rights.consent.licensing.model import Duo, Use, policy_for
from salus.rights.custody.reading import as_licensee, as_subject, read
from salus.rights.identity.model import Party
from salus.rights.records import service as records
from salus.rights.records.ledger import token_of
from salus.rights.records.sections import SECTIONS
from salus.rights.records.tokens import Hand
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT, shown
from salus.rights.revenue.reading import Divided, Income, income_of
from salus.services.exchange import ledger as exchange_ledger
from salus.services.exchange import offering
from salus.services.exchange import service as exchange
from salus.services.exchange.model import Kind
from salus.services.exchange.reading import KnownLicense, KnownOffer
from salus.services.lending import service as lending
from salus.services.lending.appraising import read_value
from salus.services.lending.model import LoanOffer
from salus.services.lending.reading import standing
from salus.surfaces.demo.clock import MovedClock
from salus.surfaces.demo.scene import Mark, Scene

SOCIAL, LABORATORY = 1, 7
SUBSCRIBED, RENTED = 4 * UNIT, 4 * UNIT  # a day; four who pay alike make a value
TERM = 300  # days of every license
MONEY = 5_000 * UNIT
WEEK = timedelta(days=7)
LOOKED_BACK, PLEDGED, AFTER = 16, 4, 3  # weeks
_LOAN_BPS = 4_000
_BPS = 10_000
_NOTHING = Digest(bytes(32))  # what `lending.offer` fills in


@dataclass(slots=True)
class Trade:
    """Everybody at the market around one record."""

    scene: Scene
    clock: MovedClock
    subscribers: tuple[Party, ...]
    insurer: Party
    key: SigningKey

    @property
    def node(self) -> Node:
        return self.scene.node

    @property
    def hand(self) -> Hand:
        """The patient's."""
        return Hand(self.key, account_of(self.node, self.scene.record))

    def income(self) -> Income:
        """What the record earns and earned until now."""
        self.node.ledger.advance()
        self.node.follow()
        with self.node.reading() as session:
            return income_of(self.node, session, self.scene.record)

    def settle(self, event: str = "") -> Divided:
        """Divide what was earned, and mark it for the report; `event` says what happened."""
        revenue.settle_record(self.node, self.scene.record)
        divided = self.income().divided
        day = stamp(self.clock.now())[:10]
        self.scene.story.income.append(
            Mark(day, event, divided.subject + divided.owner, divided.lender, divided.total)
        )
        return divided

    def weeks(self, count: int) -> None:
        for _ in range(count):
            self.clock.move(WEEK)
            self.settle()


def trade(scene: Scene, clock: MovedClock) -> None:
    """Live the part of the story that is about money."""
    market = _open_market(scene, clock)
    _sell(market)
    _earn(market)
    loan = _pledge(market)
    _repay(market, loan)


def _open_market(scene: Scene, clock: MovedClock) -> Trade:
    with scene.story.step("Licensees and a bank bring money") as line:
        consortium = scene.consortium
        acme, institute, insurer = consortium.licensees
        subscribers = (consortium.readers[1], institute, acme)
        payers = (*subscribers, insurer, consortium.bank)
        for each in payers:
            revenue.issue(scene.node, to=each.address, amount=MONEY, by=consortium.platform.signing)
        line(
            "The platform issues {amount} to each of {count} organizations, against deposits that"
            " are made up here.",
            amount=shown(MONEY),
            count=len(payers),
        )
    with scene.node.reading() as session:
        key = consent.controller(session, scene.record)
    return Trade(scene, clock, subscribers, insurer, key)


# LICENSES


def _sell(market: Trade) -> None:
    scene = market.scene
    with scene.story.step("The patient licenses two sections") as line:
        policy = policy_for([SOCIAL, LABORATORY], [Duo.GRU])
        licensing.set_policy(scene.node, record=scene.record, policy=policy, by=market.key)
        subscription = _offer(market, Kind.SUBSCRIPTION, LABORATORY, SUBSCRIBED)
        rental = _offer(market, Kind.EXCLUSIVE, SOCIAL, RENTED)
        bought = [
            _buy(market, subscription, LABORATORY, Use.ACADEMIC, each)
            for each in market.subscribers
        ]
        alone = _buy(market, rental, SOCIAL, Use.QUALITY, market.insurer)
        line(
            "{count} licensees subscribe to {section} for {price} a day each, and pay {paid}"
            " ahead.",
            count=len(bought),
            section=SECTIONS[LABORATORY],
            price=shown(SUBSCRIBED),
            paid=shown(sum(each.paid for each in bought)),
        )
        line(
            "An insurer rents {section} alone for {price} a day, and pays {paid} ahead.",
            section=SECTIONS[SOCIAL],
            price=shown(RENTED),
            paid=shown(alone.paid),
        )
        count = _opened(scene, bought[0], market.subscribers[0])
        line("The first of them opens what it pays for: {count} resources.", count=count)


def _offer(market: Trade, kind: Kind, section: int, price: int) -> KnownOffer:
    wished = offering.Wished(
        kind=kind, prices=((section, price),), until=market.clock.now() + timedelta(days=365)
    )
    hand = exchange_ledger.Hand(market.hand.key, market.hand.account)
    return offering.post_offer(market.node, record=market.scene.record, wished=wished, by=hand)


def _buy(market: Trade, offer: KnownOffer, section: int, use: Use, by: Party) -> KnownLicense:
    choice = exchange.Choice(1 << section, TERM, use)
    return exchange.purchase(market.node, offer, choice, by=exchange.Buyer(by.address, by.signing))


def _opened(scene: Scene, license_: KnownLicense, by: Party) -> int:
    """How many resources a license opens."""
    reader = as_licensee(by, licenses.find_license(scene.node, license_.id))
    opened = read(scene.node, scene.keepers, reader, scene.record, _units(scene))
    return sum(len(unit.resources) for unit in opened.units)


def _units(scene: Scene) -> list[records.KnownUnit]:
    with scene.node.reading() as session:
        found = records.units_of(session, scene.record, [SECTIONS[LABORATORY]])
    return records.plain_units(found)


# INCOME


def _earn(market: Trade) -> None:
    with market.scene.story.step("The record earns by the second") as line:
        line("From here on the clock of this demonstration is moved ahead; the rest is real.")
        line("It earns {rate} a day.", rate=shown(market.income().rate))
        line("In ten seconds it earns {amount}.", amount=_in(market, timedelta(seconds=10)))
        line("In an hour it earns {amount}.", amount=_in(market, timedelta(hours=1)))
        line("In a day it earns {amount}.", amount=_in(market, timedelta(days=1)))
        market.settle("licensed")
        market.weeks(LOOKED_BACK)
        parts = market.income().divided
        line(
            "{weeks} weeks later {total} was divided: {patient} to the patient, {source} to the"
            " hospital, {platform} to the platform.",
            weeks=LOOKED_BACK,
            total=shown(parts.total),
            patient=shown(parts.subject + parts.owner),
            source=shown(parts.source),
            platform=shown(parts.platform),
        )


def _in(market: Trade, time: timedelta) -> str:
    """What is earned in a time; the second in which the machine itself counts on may be in it."""
    before = market.income().pending
    market.clock.move(time)
    return shown(market.income().pending - before)


# A LOAN


def _pledge(market: Trade) -> int:
    scene = market.scene
    with scene.story.step("The patient pledges the record and keeps reading it") as line:
        token, bank = token_of(scene.record), scene.consortium.bank
        value = read_value(scene.node, token).appraisal.value
        line("Its income makes it worth {value} to a lender.", value=shown(value))
        wished = LoanOffer(NOBODY, token, _NOTHING, value * _LOAN_BPS // _BPS, _NOTHING)
        signed = lending.offer(scene.node, wished, until=market.clock.now() + WEEK, lender=bank)
        loan = lending.borrow(scene.node, signed, by=market.hand)
        market.settle("pledged")
        line(
            "A bank lends {principal}, 40 % of that, for {days} days at {apr} % a year.",
            principal=shown(signed.principal),
            days=signed.term_days,
            apr=signed.apr_bps // 100,
        )
        market.weeks(PLEDGED)
        parts = market.income().divided
        line(
            "In {weeks} weeks its income paid {lender} to the bank; {left} is still owed.",
            weeks=PLEDGED,
            lender=shown(parts.lender),
            left=shown(standing(scene.node, loan).debt),
        )
        opened = read(
            scene.node, scene.keepers, as_subject(market.key), scene.record, _units(scene)
        )
        count = sum(len(unit.resources) for unit in opened.units)
        line("Meanwhile the patient opens it as always: {count} resources.", count=count)
    return loan


def _repay(market: Trade, loan: int) -> None:
    scene = market.scene
    with scene.story.step("The loan is repaid and the record comes home") as line:
        account, own = revenue.subject_account(scene.node, scene.record), market.key.address
        paid = revenue.withdraw(scene.node, account=account, to=own, amount=None, by=market.key)
        line("The patient takes out {amount}.", amount=shown(paid))
        done = lending.repay(scene.node, loan, None, by=market.key)
        before = market.settle("repaid")
        line("{amount} is repaid, and nothing is owed any more.", amount=shown(done.paid))
        market.weeks(AFTER)
        after = market.income().divided
        line(
            "In the {weeks} weeks after that {patient} goes to the patient and {lender} to the"
            " bank.",
            weeks=AFTER,
            patient=shown(after.subject + after.owner - before.subject - before.owner),
            lender=shown(after.lender - before.lender),
        )
