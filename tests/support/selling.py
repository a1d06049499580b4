"""The life of a market, in which every verb of the exchange that takes an intent happens."""

import secrets
from collections.abc import Iterator
from typing import Any

from salus.kernel.ids import RecordId
from salus.rights.identity.ledger import intent, send, signed
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party
from salus.services.exchange.ledger import Buying, purchase
from salus.services.exchange.model import Kind
from tests.support.deeds import Deed, Signer, World
from tests.support.estate import PROBLEMS, RICH, SOCIAL, borrow, enrich, fingerprint, registered

BOOK, OFFERS = "LicenseBook", "OfferBook"
GRU = 1 << 42
DRUG = 3


def selling(world: World) -> Iterator[Deed]:
    """Each deed is possible once those before it have happened."""
    buyer, other = (new_party(name, Roles.LICENSEE) for name in ("buyer", "other"))
    lender = new_party("backer", Roles.LENDER)
    admit(world.node, (buyer, other, lender), governors=(world.hospital, world.clinic))
    for party in (buyer, other, lender):
        enrich(world, party)
    yield from _licensed(world, buyer, other)
    yield from _pledged(world, lender)


def _licensed(world: World, buyer: Party, other: Party) -> Iterator[Deed]:
    """Offered in every kind, bought in every kind, given on, renewed, ended and sold."""
    node, record = world.node, _licensable(world)
    owner, licensee = Signer(world.patient, world.account_of(record)), Signer(buyer.signing)
    offers = {kind: _post(world, record, kind) for kind in Kind}
    yield Deed(BOOK, "subscribe", (_buying(offers, Kind.SUBSCRIPTION, SOCIAL),), licensee)
    yield Deed(BOOK, "rent", (_buying(offers, Kind.EXCLUSIVE, PROBLEMS),), licensee)
    yield Deed(BOOK, "acquire", (_buying(offers, Kind.PERPETUAL, SOCIAL),), licensee)
    buying = _buying(offers, Kind.SUBSCRIPTION, SOCIAL)
    asked = purchase(node, "subscribe", Buying(*buying), by=buyer.signing)
    send(node, asked.call)
    below = (asked.id, other.address, SOCIAL, 20, RICH)
    yield Deed(BOOK, "sublicense", below, licensee)
    yield Deed(BOOK, "renew", (asked.id, 30, RICH), licensee)
    yield Deed(BOOK, "cancel", (asked.id,), licensee)
    yield Deed(BOOK, "revoke", (asked.id,), owner)
    bought = (offers[Kind.SALE], other.address, RICH, fingerprint(node, record))
    yield Deed(BOOK, "buy", bought, licensee)
    yield Deed(OFFERS, "closeOffer", (offers[Kind.EXCLUSIVE],), owner)
    yield Deed(OFFERS, "closeAllOffers", (record << 8,), owner)


def _pledged(world: World, lender: Party) -> Iterator[Deed]:
    """What is offered on a pledge, the lender has to approve."""
    record = _licensable(world)
    borrow(world, record, lender)
    owner = Signer(world.patient, world.account_of(record))
    approver = Signer(lender.signing, primary="ApproveOffer")
    offer = _offer(world, record, Kind.SUBSCRIPTION)
    yield Deed(OFFERS, "postOffer", offer, owner, approver)


def _buying(offers: dict[Kind, int], kind: Kind, mask: int) -> tuple[int, ...]:
    days = 0 if kind is Kind.PERPETUAL else 30
    return (offers[kind], mask, days, DRUG, 1, RICH)


def _offer(world: World, record: RecordId, kind: Kind) -> tuple[Any, list[int]]:
    mask = 0 if kind is Kind.SALE else SOCIAL | PROBLEMS
    term = (30, 365, 2_000)
    until = world.now + 300 * 86_400
    uses, any_region, depth = 0xFFFF, 1, 2
    seller = world.account_of(record)
    first = (record << 8, mask, int(kind), 0, uses, any_region, depth)
    return (*first, *term, GRU, seller, until, secrets.token_bytes(32)), [7, 9] if mask else [7]


def _post(world: World, record: RecordId, kind: Kind) -> int:
    """The number of the offer: they are counted."""
    node, offer = world.node, _offer(world, record, kind)
    book, account = node.contracts[OFFERS], world.account_of(record)
    own = intent(node, book, "postOffer", offer, by=world.patient, signer=account)
    missing = (bytes(20), 0, 0, b"")
    (receipt,) = send(node, book.call("postOffer", *offer, missing, own.as_abi()))
    events = (book.event(each) for each in receipt.events)
    return next(int(each.values["id"]) for each in events if each and each.name == "OfferPosted")


def _licensable(world: World) -> RecordId:
    """A record whose sections may be licensed for any use."""
    record = registered(world)
    policy = (record, SOCIAL | PROBLEMS, GRU, 0xFFFF, 1)
    send(world.node, signed(world.node, "LicensingPolicy", "setPolicy", *policy, by=world.patient))
    return record
