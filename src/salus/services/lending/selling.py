"""What happens when a loan goes wrong: readings, cures, auctions, and pledges that are sold."""

from dataclasses import dataclass
from typing import Self

from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.identity.ledger import Views, send
from salus.rights.identity.model import Party
from salus.rights.records.tokens import Hand
from salus.rights.revenue import ledger as money
from salus.services.lending import ledger, model
from salus.services.lending.appraising import best_set
from salus.services.lending.errors import (
    CannotAcquire,
    Closed,
    NothingOffered,
    NothingToBuy,
    PriceAbove,
    TooEarly,
    WrongState,
)
from salus.services.lending.model import CREDIT_BID_FROM, Proceeds, State, divided
from salus.services.lending.paying import let_pull
from salus.services.lending.projections import AuctionState
from salus.services.lending.reading import Auction, Sold, Standing, auction, sold, standing, to_now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pledge was sold for, and how that was divided (units)."""

    price: int
    paid: int
    surplus: int
    shortfall: int

    @classmethod
    def of(cls, sold: Sold) -> Self:
        return cls(sold.price, sold.paid, sold.surplus, sold.shortfall)

    def described(self) -> dict[str, object]:
        """For programs, in units."""
        return {
            "price": self.price,
            "paid": self.paid,
            "surplus": self.surplus,
            "shortfall": self.shortfall,
        }


"""READINGS; BY ANYBODY"""


def flag(node: Node, number: int) -> State:
    """Take a reading of an active loan; its state after that. Raises WrongState, TooEarly."""
    found = _live(node, number)
    send(node, ledger.flag(node, number, best_set(node, found.loan.token)))
    node.follow()
    return standing(node, number).loan.state


def cure(node: Node, number: int) -> None:
    """End the time to cure, where the loan is healthy again. Raises WrongState, NotCured."""
    found = _live(node, number)
    send(node, ledger.cure(node, number, best_set(node, found.loan.token)))
    node.follow()


def start_auction(node: Node, number: int, *, by: SigningKey) -> Auction:
    """Offer a pledge to all; `by` earns the bounty. Raises WrongState, TooEarly, Curable."""
    found = _live(node, number)
    model.start_auction(found.loan, found.reading, node.ledger.final().time)
    send(node, ledger.start_auction(node, number, best_set(node, found.loan.token), by=by))
    node.follow()
    return _known(auction(node, number), number)


def _live(node: Node, number: int) -> Standing:
    to_now(node)
    found = standing(node, number)
    if found.is_over:
        raise WrongState(loan=number, state=found.loan.state.name.lower())
    return found


def _known(found: Auction | None, number: int) -> Auction:
    if found is None:
        raise Closed(loan=number)
    return found


"""BUYING"""


def buy(node: Node, number: int, most: int | None, *, by: Party) -> Outcome:
    """Buy a pledge at the price of the moment, for at most so much (units).

    Raises Closed, CannotAcquire, PriceAbove, MoneyMissing, FingerprintChanged.
    """
    found = _open(node, number)
    limit = found.price if most is None else most
    if found.price > limit:
        raise PriceAbove(max=limit, price=found.price)
    _check_buyer(node, by)
    let_pull(node, min(limit, found.price), by=by.signing)
    seen = _fingerprint(node, number)
    send(node, ledger.buy(node, number, limit, seen, by=by.signing))
    node.follow()
    return _outcome(node, number)


def credit_bid(node: Node, number: int, most: int | None, *, by: Party) -> Outcome:
    """Buy a pledge with what is owed to its lender, and pay in only the rest.

    Raises Closed, TooEarly, CannotAcquire, PriceAbove, MoneyMissing, NotHolder.
    """
    found, at = _open(node, number), node.ledger.final()
    if at.time < found.started_at + CREDIT_BID_FROM:
        raise TooEarly(at=found.started_at + CREDIT_BID_FROM)
    limit = found.price if most is None else most
    if found.price > limit:
        raise PriceAbove(max=limit, price=found.price)
    _check_buyer(node, by)
    parts = parts_of(node, number, found.price)
    let_pull(node, model.credit_bid_due(parts), by=by.signing)
    send(node, ledger.credit_bid(node, number, limit, by=by.signing))
    node.follow()
    return _outcome(node, number)


def parts_of(node: Node, number: int, price: int) -> Proceeds:
    """How a price would be divided, apart from income that comes in until then."""
    found = standing(node, number)
    starter = ledger.auction_of(Views(node), number, at=node.ledger.final()).starter
    return divided(price, found.debt, has_bounty=starter != found.loan.borrower)


def foreclose(node: Node, number: int, to: Address, *, by: SigningKey) -> None:
    """Take a pledge that nobody bought; the debt is written off.

    Raises Closed, TooEarly, CannotAcquire, NotHolder.
    """
    to_now(node)
    found, at = _known(auction(node, number), number), node.ledger.final()
    if found.state is not AuctionState.OPEN:
        raise Closed(loan=number)
    if at.time < found.ends_at:
        raise TooEarly(at=found.ends_at)
    _check_acquires(node, to, by.address)
    send(node, ledger.foreclose(node, number, to, by=by))
    node.follow()


"""BUYOUT"""


def set_buyout(node: Node, number: int, price: int, *, by: Hand) -> None:
    """Ask a price for a pledged token (units), 0 for none any more. It has to pay the debt.

    Raises WrongState, NothingOffered, NotBorrower.
    """
    found = _live(node, number)
    check_asked(found, price)
    send(node, ledger.set_buyout(node, number, price, by=by))
    node.follow()


def check_asked(found: Standing, price: int) -> None:
    """Whether a price pays the debt of a loan, or is none. Raises NothingOffered."""
    if price and price < found.debt:
        raise NothingOffered(loan=found.loan.id, debt=found.debt)


def buy_out(node: Node, number: int, most: int | None, *, by: Party) -> Outcome:
    """Buy a pledged token at the price that its borrower asks (units).

    Raises WrongState, NothingToBuy, PriceAbove, CannotAcquire, MoneyMissing, NothingOffered.
    """
    _live(node, number)
    price = ledger.buyout_of(Views(node), number, at=node.ledger.final())
    if not price:
        raise NothingToBuy(loan=number)
    limit = price if most is None else most
    if price > limit:
        raise PriceAbove(max=limit, price=price)
    _check_buyer(node, by)
    let_pull(node, price, by=by.signing)
    seen = _fingerprint(node, number)
    send(node, ledger.buy_out(node, number, limit, seen, by=by.signing))
    node.follow()
    return _outcome(node, number)


def _open(node: Node, number: int) -> Auction:
    to_now(node)
    found = _known(auction(node, number), number)
    if found.state is not AuctionState.OPEN or node.ledger.final().time >= found.ends_at:
        raise Closed(loan=number)
    return found


def _check_buyer(node: Node, by: Party) -> None:
    _check_acquires(node, by.address, by.address)


def _check_acquires(node: Node, owner: Address, signer: Address) -> None:
    if not Views(node)("Organizations", "canAcquire", owner, at=node.ledger.final()):
        raise CannotAcquire(signer=signer)


def _fingerprint(node: Node, number: int) -> Digest:
    ask, at = Views(node), node.ledger.final()
    return money.collateral_fingerprint(ask, standing(node, number).loan.token, at=at)


def _outcome(node: Node, number: int) -> Outcome:
    with node.reading() as session:
        found = sold(session, number)
    if found is None:
        raise Closed(loan=number)
    return Outcome.of(found)
