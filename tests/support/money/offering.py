"""What owners do at the exchange: post offers, and close them."""

from dataclasses import replace

from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.licensing.model import Duo, Region, Use
from salus.rights.revenue.model import BPS, DAY
from salus.services.exchange import errors as e
from salus.services.exchange.model import (
    Flag,
    Kind,
    Offer,
    check_offer,
    codes,
    fits_policy,
)
from tests.support.money.chain import NO_INTENT, Actor
from tests.support.money.deals import check_sections
from tests.support.money.market import After
from tests.support.money.pair import Held
from tests.support.money.trading import ALL_USES, OUTSIDER, Trading

DUOS = (
    *[frozenset({Duo.GRU})] * 12,
    frozenset({Duo.HMB, Duo.NPOA}),
    frozenset({Duo.GRU, Duo.NCU, Duo.IRB}),
    frozenset({Duo.GRU, Duo.NPUNCU}),
    frozenset({Duo.GRU, Duo.TS, Duo.NPO}),
    frozenset({Duo.NCU}),
)


class Offering(Trading):
    # OFFERS

    def post(self) -> None:
        held, token = self.any_token()
        owner = held.owners[token]
        offer, by = self._offer(held, token, owner), owner
        if self.odds(3):
            by = OUTSIDER
        asked = (_as_abi(offer), list(offer.prices))
        intent = self.chain.intent(by, "OfferBook", "postOffer", asked)
        done = self.chain.send(by, "OfferBook", "postOffer", *asked, NO_INTENT, intent)

        def deed() -> After:
            if by is not owner:
                raise e.NotOwner(token=token, signer=by.account)
            check_offer(offer, self.now)
            check_sections(offer, offer.mask, self.scene())
            fits_policy(offer, self.policies[offer.record])
            offers = {**self.market.offers, offer.id: offer}
            return After(replace(self.market, offers=offers), self.router, {"id": offer.id})

        self.trade(f"post {offer}", done, deed, "OfferPosted")

    def _offer(self, held: Held, token: int, owner: Actor) -> Offer:
        chance = self.chance
        kind = chance.choice([*Kind, Kind.SUBSCRIPTION, Kind.SUBSCRIPTION])
        sections = held.sections(token) or (token,)
        some = [each for each in sections if self.odds(75)] or list(sections[:1])
        mask = 0 if kind is Kind.SALE else sum(1 << (each & 0xFF) for each in some)
        mask |= chance.choice([1 << 14, 1 << 12, 1]) if self.odds(3) else 0
        count = 1 if kind is Kind.SALE else len(codes(mask))
        least = chance.choice([0, 1, 1, 7, 30]) if self.odds(20) else chance.choice([1, 7, 30])
        return Offer(
            id=len(self.market.offers) + 1,
            token=token,
            mask=mask,
            kind=kind,
            prices=tuple(self.rate(36) for _ in range(count + self.odds(2))),
            uses=chance.choice([ALL_USES] * 5 + [Use.ACADEMIC | Use.DRUG] * 3 + [Use(0)]),
            regions=chance.choice([Region.ANY, Region.ANY, Region.EU, Region.US | Region.UK]),
            duo=sum(1 << term for term in chance.choice(DUOS)),
            until=self.now + chance.randrange(-DAY if self.odds(5) else DAY, 400 * DAY),
            seller=owner.account,
            agreement_hash=Digest(keccak256(str(len(self.market.offers)).encode())),
            flags=Flag.WHOLE if self.odds(20) else Flag(0),
            min_days=least,
            max_days=chance.choice([365, 60, 1_095]) if self.odds(95) else 2_000,
            sublicense_depth=chance.choice([0, 1, 2, 3]) if self.odds(97) else 4,
            sublicense_bps=chance.choice([0, 3_333, 5_000, BPS]),
        )

    def close_offer(self) -> None:
        number = self.chance.randrange(1, len(self.market.offers) + 2)
        offer = self.market.offers.get(number)
        if offer is not None and offer.token not in self.owners_now():
            return
        by = self.owners_now()[offer.token] if offer and self.odds(90) else OUTSIDER
        done = self.chain.act(by, "OfferBook", "closeOffer", number)

        def deed() -> After:
            if offer is None or not self.market.is_open(number, self.now):
                raise e.OfferClosed(offer=number)
            is_sellers = offer.kind is Kind.SALE and by.account == offer.seller
            if not is_sellers and by is OUTSIDER:
                raise e.NotOwner(token=offer.token, signer=by.account)
            offers = {**self.market.offers, number: replace(offer, until=self.now)}
            return After(replace(self.market, offers=offers), self.router, {"id": number})

        self.trade(f"close offer {number}", done, deed, "OfferClosed")

    def close_all(self) -> None:
        held, token = self.any_token()
        through = len(self.market.offers)
        done = self.chain.act(held.owners[token], "OfferBook", "closeAllOffers", token)
        closed = {**self.market.closed_through, token: through}
        after = After(
            replace(self.market, closed_through=closed), self.router, {"through": through}
        )
        self.trade(f"close all of {token}", done, lambda: after, "AllOffersClosed")


def _as_abi(offer: Offer) -> tuple[object, ...]:
    return (
        offer.token,
        offer.mask,
        int(offer.kind),
        int(offer.flags),
        int(offer.uses),
        int(offer.regions),
        offer.sublicense_depth,
        offer.min_days,
        offer.max_days,
        offer.sublicense_bps,
        offer.duo,
        offer.seller,
        offer.until,
        offer.agreement_hash,
    )
