"""Offers of new records, and buyers who have money."""

from datetime import timedelta

from salus.rights.consent.licensing.model import Use
from salus.rights.identity.model import Party
from salus.rights.revenue import ledger as money
from salus.services.exchange.model import Kind
from salus.services.exchange.offering import Wished, post_offer
from salus.services.exchange.reading import (
    KnownLicense,
    KnownOffer,
    find_license,
)
from salus.services.exchange.service import Buyer, Choice, purchase
from salus.services.exchange.tables import Purchase
from tests.support.scene import Scene
from tests.support.trading import (
    ALLERGIES,
    LABORATORY,
    RATE,
    fund,
    open_to_licenses,
    subject_of,
)

LAB = 1 << LABORATORY
BOTH = LAB | 1 << ALLERGIES
TERM = 60


def offered(
    stage: Scene, kind: Kind = Kind.SUBSCRIPTION, *, most: int = 365, depth: int = 0
) -> KnownOffer:
    """Two sections of a new record."""
    record = stage.record()
    open_to_licenses(stage, record)
    prices = ((ALLERGIES, RATE), (LABORATORY, RATE))
    until = stage.now() + timedelta(days=300)
    asked = Wished(kind, prices, until, max_days=most, sublicense_depth=depth, sublicense_bps=2_500)
    return post_offer(stage.node, record=record, wished=asked, by=subject_of(stage, record))


def rich(stage: Scene, party: Party) -> Buyer:
    fund(stage, party)
    return Buyer(party.address, party.signing)


def institute(stage: Scene) -> Buyer:
    return rich(stage, stage.consortium.licensees[1])


def acme(stage: Scene) -> Buyer:
    return rich(stage, stage.consortium.licensees[0])


def choice(mask: int = LAB, days: int = TERM, use: Use = Use.ACADEMIC) -> Choice:
    return Choice(mask, days, use)


def bought(
    stage: Scene, known: KnownOffer | None = None, *, by: Buyer | None = None, mask: int = LAB
) -> KnownLicense:
    buyer, known = by or institute(stage), known or offered(stage)
    return purchase(stage.node, known, choice(mask), by=buyer)


def held(stage: Scene, buyer: Buyer) -> int:
    return money.balance_of(stage.node, buyer.account)


def owed(stage: Scene, buyer: Buyer) -> int:
    return money.credit_of(stage.node, buyer.account)


def again(stage: Scene, license_: KnownLicense) -> KnownLicense:
    with stage.node.reading() as session:
        return find_license(session, f"{license_.id:032x}")


def count_purchases(stage: Scene) -> int:
    with stage.node.reading() as session:
        return session.query(Purchase).count()
