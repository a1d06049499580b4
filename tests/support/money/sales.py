"""Sales of whole tokens: bought, and then completed with new keys or aborted."""

from salus.kernel.secp256k1 import keccak256
from salus.rights.records.errors import Locked, RekeyLate
from salus.services.exchange import errors as e
from salus.services.exchange.model import (
    REKEY_HOURS,
    Kind,
    Offer,
    fits_policy,
)
from tests.support.money.chain import Actor
from tests.support.money.market import After
from tests.support.money.trading import LICENSEES, OUTSIDER, OpenSale, Trading, number_of


class Sales(Trading):
    # SALES

    def buy_token(self) -> None:
        sales = [each for each in self.market.offers.values() if each.kind is Kind.SALE]
        owners = self.owners_now()
        sales = [each for each in sales if each.token in owners][-8:]
        if not sales:
            return
        offer, buyer = self.chance.choice(sales), self.chance.choice(LICENSEES)
        receiver = self.chance.choice(LICENSEES) if self.odds(95) else OUTSIDER
        (held,) = (each for each in self.held if each.patient.record == offer.record)
        seen = bytes(self.view("collateralFingerprint", offer.token))
        given = seen if self.odds(95) else keccak256(seen)
        most = offer.prices[0] - (1 if self.odds(5) and offer.prices[0] else 0)
        arguments = (offer.id, receiver.account, most, given)
        intent = self.chain.intent(buyer, "LicenseBook", "buy", arguments)
        done = self.chain.send(buyer, "LicenseBook", "buy", *arguments, intent)
        owner = held.owners[offer.token]

        def deed() -> After:
            self._check_sale(offer, owner, receiver)
            if given != seen:
                raise e.FingerprintChanged(expected=given, found=seen)
            if offer.prices[0] > most:
                raise e.PriceAbove(limit=most, price=offer.prices[0])
            if offer.token in self._rekeying():
                raise Locked(tokenId=offer.token)
            router = self.router.take(self.exchange, offer.prices[0])
            return After(self.market, router, {"price": offer.prices[0]})

        if self.trade(f"buy token {offer.token}", done, deed, "SaleOpened"):
            deadline = self.now + REKEY_HOURS * 3_600
            self.sales[number_of(intent)] = OpenSale(
                held, offer, offer.prices[0], buyer, receiver, deadline
            )

    def _check_sale(self, offer: Offer, owner: Actor, receiver: Actor) -> None:
        if not self.market.is_open(offer.id, self.now) or owner.account != offer.seller:
            raise e.OfferClosed(offer=offer.id)
        fits_policy(offer, self.policies[offer.record])
        if receiver.account not in self.accredited or receiver.account == offer.seller:
            raise e.CannotAcquire(account=receiver.account)

    def complete(self) -> None:
        if not self.sales:
            return
        number, sale = self.chance.choice(list(self.sales.items()))
        token, held = sale.offer.token, sale.held
        root = keccak256(number.to_bytes(32))
        rekey, signatures = self.world.rekey(token, sale.receiver.account, root)
        done = self.chain.send(
            self.anybody(), "LicenseBook", "completeSale", number, rekey, signatures
        )
        scene_token = self.token(held, token)

        def deed() -> After:
            if self.now > sale.deadline:
                raise RekeyLate(deadline=sale.deadline)
            router = self.settled(self.router, held, token)
            router = router.book(
                self.exchange,
                scene_token,
                sale.price,
                to=sale.offer.seller,
                holder=self.holder,
                now=self.now,
            )
            return After(self.market, router, {"tokenId": token})

        if self.trade(f"complete sale {number}", done, deed, "SaleCompleted"):
            held.owners[token] = sale.receiver
            self.books.sales[token] = (sale.price, self.now)
            del self.sales[number]

    def abort(self) -> None:
        if not self.sales:
            return
        number, sale = self.chance.choice(list(self.sales.items()))
        done = self.chain.send(self.anybody(), "LicenseBook", "abortSale", number)

        def deed() -> After:
            """I16: without new keys the price goes back, all of it."""
            if self.now <= sale.deadline:
                raise e.TooEarly(at=sale.deadline + 1)
            router = self.router.credit(self.exchange, sale.buyer.account, sale.price)
            return After(self.market, router, {"tokenId": sale.offer.token})

        if self.trade(f"abort sale {number}", done, deed, "SaleAborted"):
            del self.sales[number]
