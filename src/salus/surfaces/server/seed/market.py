"""The money of the year: licenses that were bought, income that was divided, a loan that runs."""

from dataclasses import dataclass
from datetime import timedelta

from salus.kernel.ids import NOBODY, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing import service as licensing
from salus.rights.consent.licensing.model import Duo, Use, policy_for
from salus.rights.custody.founding import Consortium
from salus.rights.identity.model import Party
from salus.rights.records.ledger import token_of
from salus.rights.records.tokens import Hand
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT
from salus.services.exchange import ledger as exchange_ledger
from salus.services.exchange import offering
from salus.services.exchange import service as exchange
from salus.services.exchange.model import Kind
from salus.services.exchange.reading import KnownOffer
from salus.services.lending import service as lending
from salus.services.lending.appraising import read_value
from salus.services.lending.model import LoanOffer
from salus.surfaces.demo.clock import MovedClock

SOCIAL, LABORATORY = 1, 7
PRICES = {LABORATORY: 4 * UNIT, SOCIAL: 3 * UNIT}  # a day
TERM = 365  # days of every license
BOUGHT_AFTER = timedelta(days=45)  # so that they still run when the year is over
MONEY = 20_000 * UNIT
STEP = timedelta(days=14)
PLEDGED_AFTER = timedelta(days=280)
_LOAN_BPS, _BPS = 3_000, 10_000
_NOTHING = Digest(bytes(32))  # what `lending.offer` fills in
_WEEK = timedelta(days=7)


@dataclass(slots=True)
class Market:
    """Records that earn, with the keys of their patients; `until` is how long the year lasts."""

    node: Node
    clock: MovedClock
    consortium: Consortium
    records: tuple[tuple[RecordId, SigningKey], ...]
    until: timedelta

    def hand(self, record: RecordId, key: SigningKey) -> Hand:
        return Hand(key, account_of(self.node, record))


def trade(market: Market) -> None:
    """Issue money, license sections, and move the clock to the end of the year."""
    consortium, node = market.consortium, market.node
    acme, institute, insurer = consortium.licensees
    payers = (consortium.readers[1], acme, institute, insurer, consortium.bank)
    for each in payers:
        revenue.issue(node, to=each.address, amount=MONEY, by=consortium.platform.signing)
    market.clock.move(BOUGHT_AFTER)
    for record, key in market.records:
        _license(market, record, key, (consortium.readers[1], institute, acme), insurer)
    _live(market)


def _license(
    market: Market,
    record: RecordId,
    key: SigningKey,
    subscribers: tuple[Party, ...],
    insurer: Party,
) -> None:
    policy = policy_for([SOCIAL, LABORATORY], [Duo.GRU])
    licensing.set_policy(market.node, record=record, policy=policy, by=key)
    hand = market.hand(record, key)
    shared = _offer(market, record, Kind.SUBSCRIPTION, LABORATORY, hand)
    alone = _offer(market, record, Kind.EXCLUSIVE, SOCIAL, hand)
    for each in subscribers:
        _buy(market, shared, LABORATORY, Use.ACADEMIC, each)
    _buy(market, alone, SOCIAL, Use.QUALITY, insurer)


def _offer(market: Market, record: RecordId, kind: Kind, section: int, by: Hand) -> KnownOffer:
    wished = offering.Wished(
        kind=kind,
        prices=((section, PRICES[section]),),
        until=market.clock.now() + timedelta(days=500),
    )
    hand = exchange_ledger.Hand(by.key, by.account)
    return offering.post_offer(market.node, record=record, wished=wished, by=hand)


def _buy(market: Market, offer: KnownOffer, section: int, use: Use, by: Party) -> None:
    choice = exchange.Choice(1 << section, TERM, use)
    exchange.purchase(market.node, offer, choice, by=exchange.Buyer(by.address, by.signing))


def _live(market: Market) -> None:
    """Two weeks at a time; the first record is pledged on the way."""
    passed, is_pledged = BOUGHT_AFTER, False
    while passed < market.until:
        step = min(STEP, market.until - passed)
        market.clock.move(step)
        passed += step
        for record, _ in market.records:
            revenue.settle_record(market.node, record)
        if not is_pledged and passed >= PLEDGED_AFTER:
            is_pledged = True
            _pledge(market, *market.records[0])
    market.node.ledger.advance()
    market.node.follow()


def _pledge(market: Market, record: RecordId, key: SigningKey) -> None:
    token, bank = token_of(record), market.consortium.bank
    value = read_value(market.node, token).appraisal.value
    wished = LoanOffer(NOBODY, token, _NOTHING, value * _LOAN_BPS // _BPS, _NOTHING)
    until = market.clock.now() + _WEEK
    signed = lending.offer(market.node, wished, until=until, lender=bank)
    lending.borrow(market.node, signed, by=market.hand(record, key))
