"""Sales of whole tokens: paid into escrow, completed with new keys, or given back."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, RecordId
from salus.platform.ledger import Call
from salus.platform.settings import read
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.custody.renewing.sealing import Completing, Desk
from salus.rights.custody.renewing.service import renew
from salus.rights.identity.ledger import Views, send, view
from salus.rights.records.ledger import Rekey
from salus.rights.revenue.ledger import collateral_fingerprint
from salus.services.exchange import ledger
from salus.services.exchange.agreements import keep_purchase
from salus.services.exchange.errors import (
    CannotAcquire,
    OfferClosed,
    PriceAbove,
    TooEarly,
    WrongKind,
)
from salus.services.exchange.model import Kind, SaleState
from salus.services.exchange.notices import tell
from salus.services.exchange.reading import KnownOffer, KnownSale, find_sale, sales
from salus.services.exchange.service import Buyer, paying
from salus.services.exchange.settings import ExchangeSettings

COMPLETE = "exchange.complete"
"""The job that makes the new keys of what was sold, or gives the price back; it comes back."""
DeskOf = Callable[[RecordId, int, Completing], Desk]
"""The desk of a source for a record or a detached section, and how its new keys get in force."""


def buy(
    node: Node,
    offer: KnownOffer,
    *,
    by: Buyer,
    receiver: Address | None = None,
    most: int | None = None,
) -> KnownSale:
    """Pay the price of a token into escrow, and ask for its new keys; `most` in units.

    It is the receiver's, or the buyer's, once `complete` has made them. Raises OfferClosed,
    WrongKind, CannotAcquire, PriceAbove, BalanceTooLow and FingerprintChanged.
    """
    own, to = offer.offer, receiver or by.account
    cost = _checked(node, offer, to, most)
    at, ask = node.ledger.final(), Views(node)
    fingerprint = collateral_fingerprint(ask, own.token, at=at)
    asked = ledger.buy(node, own.id, to, cost, fingerprint, by=by.key)
    permits = paying(node, by, cost)
    with node.sessions() as session, session.begin():
        keep_purchase(session, node, asked.id, own)
        keep_completing(Work(node, session))
    send(node, *permits, asked.call)
    return _seen(node, asked.id)


def _checked(node: Node, offer: KnownOffer, to: Address, most: int | None) -> int:
    """The price (units), once all is as the ledger wants it."""
    own, now = offer.offer, seconds(node.clock.now())
    if not offer.is_open(now):
        raise OfferClosed(offer=own.id)
    if own.kind is not Kind.SALE:
        raise WrongKind(offer=own.id, kind=int(own.kind))
    at, ask = node.ledger.final(), Views(node)
    if to == own.seller or not ledger.can_acquire(ask, to, at=at):
        raise CannotAcquire(account=to)
    (cost,) = own.prices
    if most is not None and cost > most:
        raise PriceAbove(limit=most, price=cost)
    return cost


def complete(node: Node, sale: KnownSale, desk_of: DeskOf) -> KnownSale:
    """Make the new keys, and let the ledger move the token and divide the price in one step.

    Who has not deleted its old shares yet is asked again by the jobs of custody. Raises what
    `renew` of custody raises.
    """
    renew(desk_of(sale.record, sale.section, _completing(sale)))
    return _seen(node, sale.id)


def _completing(sale: KnownSale) -> Completing:
    def call(node: Node, rekey: Rekey, signatures: Sequence[bytes]) -> Call:
        return ledger.complete_sale(node, sale.id, rekey, signatures)

    return call


def abort(node: Node, sale: KnownSale) -> KnownSale:
    """Give the price back once the time for new keys is over; by anybody. Raises TooEarly."""
    if not _is_over(node, sale):
        raise TooEarly(at=sale.deadline + 1)
    send(node, ledger.abort_sale(node, sale.id))
    return _seen(node, sale.id)


def _is_over(node: Node, sale: KnownSale) -> bool:
    return seconds(node.clock.now()) > sale.deadline


def _seen(node: Node, number: int) -> KnownSale:
    """A sale as it is once the index has it; who must be told is told."""
    node.follow()
    with node.reading() as session:
        found = find_sale(session, license_text(number))
    tell(node, found.record)
    return found


# JOBS


def pursue(node: Node, desk_of: DeskOf, source: Address) -> int:
    """Complete every open sale of what a source wrote, and abort what is too late; how many.

    One that fails stops no other. Raises the first error once all have had their turn.
    """
    node.follow()
    with node.reading() as session:
        waiting = sales(session, SaleState.OPEN)
    errors: list[SalusError] = []
    done = 0
    for sale in waiting:
        try:
            done += _pursue_one(node, sale, desk_of, source)
        except SalusError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return done


def _pursue_one(node: Node, sale: KnownSale, desk_of: DeskOf, source: Address) -> bool:
    if _is_over(node, sale):
        abort(node, sale)
        return True
    if view(node, "RecordRegistry", "sourceOf", sale.record) != source:
        return False
    complete(node, sale, desk_of)
    return True


def keep_completing(work: Work) -> None:
    """See to it that sales are completed before long."""
    if not is_waiting(work, COMPLETE):
        enqueue(work, COMPLETE)


def come_back(work: Work) -> None:
    """From the job itself, while a sale is open: once more after the usual time."""
    is_open = bool(sales(work.session, SaleState.OPEN))
    if is_open and count_waiting(work, COMPLETE) <= 1:  # this one
        enqueue(work, COMPLETE, run_at=work.node.clock.now() + every())


def every() -> timedelta:
    """The time between two tries."""
    return timedelta(minutes=read(ExchangeSettings).complete_minutes)
