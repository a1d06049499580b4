"""Random lives of the exchange: offers, licenses and sales, while owners and patients do theirs."""

from dataclasses import replace

from salus.rights.consent.licensing.model import Use
from salus.services.exchange.model import (
    Asked,
    Kind,
    Offer,
    codes,
)
from tests.support.money import invariants
from tests.support.money.chain import Actor
from tests.support.money.deals import MOST, Bought
from tests.support.money.offering import Offering
from tests.support.money.sales import Sales
from tests.support.money.trading import LICENSEES, OUTSIDER, number_of
from tests.support.money.world import CODES

VERBS_OF_KIND = {Kind.SUBSCRIPTION: "subscribe", Kind.EXCLUSIVE: "rent", Kind.PERPETUAL: "acquire"}
MOST_OFFERS = 40
VERBS = {
    "wait": 18,
    "post": 9,
    "close_offer": 2,
    "close_all": 0.5,
    "buy_license": 26,
    "renew": 10,
    "cancel": 6,
    "revoke": 3,
    "prune": 6,
    "sublicense": 7,
    "ask_access": 14,
    "buy_token": 2,
    "complete": 6,
    "abort": 3,
    "settle": 7,
    "accrue": 1,
    "withdraw": 3,
    "close": 1.5,
    "reopen": 3,
    "set_policy": 1,
    "accredit": 1.2,
    "give": 1,
    "detach": 0.7,
    "attach": 0.7,
    "lower_share": 0.3,
    "set_host": 0.3,
}


class ExchangeLife(Offering, Sales):
    verbs = VERBS

    def step(self) -> None:
        (verb,) = self.chance.choices(list(self.verbs), weights=list(self.verbs.values()))
        getattr(self, verb)()

    # LICENSES

    def buy_license(self) -> None:
        if not self.market.offers:
            return
        number = self._some_offer()
        offer = self.market.offers[number]
        kind = Kind.SUBSCRIPTION if offer.kind is Kind.SALE or self.odds(2) else offer.kind
        by = self.chance.choice(LICENSEES) if self.odds(98) else OUTSIDER
        asked = Bought(
            id=0,
            offer=number,
            kind=kind,
            mask=self._some_mask(offer),
            days=self._days(offer) if kind is not Kind.PERPETUAL or self.odds(5) else 0,
            use=Use(1 << self.chance.choice([0, 0, 3, 14, 11])),
            by=by.account,
            min_version=self.chance.choice([0, 0, 1, 2]) if self.odds(20) else 0,
            max_price=self.rate(44) if self.odds(5) else MOST,
        )
        self._bought(asked, by)

    def _some_offer(self) -> int:
        """Mostly one under which something can be licensed."""
        recent = list(self.market.offers)[-MOST_OFFERS:]
        good = [
            each
            for each in recent
            if self.market.is_open(each, self.now)
            and self.market.offers[each].kind is not Kind.SALE
        ]
        return self.chance.choice(good if good and self.odds(93) else recent)

    def _bought(self, asked: Bought, by: Actor) -> None:
        use = asked.use.bit_length() - 1
        purchase = (
            asked.offer, asked.mask, asked.days, use, asked.min_version, asked.max_price
        )  # fmt: skip
        verb = VERBS_OF_KIND[asked.kind]
        intent = self.chain.intent(by, "LicenseBook", verb, [purchase])
        asked = replace(asked, id=number_of(intent))
        done = self.chain.send(by, "LicenseBook", verb, purchase, intent)
        scene = self.scene()
        self.trade(
            f"{verb} {asked}",
            done,
            lambda: self.market.buy(self.router, asked, scene),
            "LicenseIssued",
        )

    def _some_mask(self, offer: Offer) -> int:
        some = sum(1 << code for code in codes(offer.mask) if self.odds(60))
        return offer.mask if self.odds(45) or not some else some

    def _days(self, offer: Offer) -> int:
        if self.odds(6):
            return self.chance.choice([0, offer.min_days - 1, offer.max_days + 1]) % 2_000
        return self.chance.randrange(
            offer.min_days, max(offer.min_days, min(offer.max_days, 120)) + 1
        )

    def _any_license(self) -> tuple[int, Actor]:
        """A number with who pays for it, or now and then with somebody else."""
        if not self.market.sold or self.odds(2):
            return 77, self.chance.choice(LICENSEES)
        number = self.chance.choice(list(self.market.sold)[-60:])
        payer = self.market.sold[number].payer
        (by,) = (each for each in LICENSEES if each.account == payer)
        return number, by if self.odds(96) else self.chance.choice(LICENSEES)

    def renew(self) -> None:
        number, by = self._any_license()
        sold = self.market.sold.get(number)
        days = self._days(sold.offer) if sold else 30
        most = self.rate(44) if self.odds(5) else MOST
        done = self.chain.act(by, "LicenseBook", "renew", number, days, most)
        scene = self.scene()
        if self.trade(
            f"renew {number}",
            done,
            lambda: self.market.renew(
                self.router, number, days, max_price=most, by=by.account, scene=scene
            ),
            "LicenseRenewed",
        ):
            assert sold is not None
            invariants.i15_never_shorter(sold.license.end, self.market.sold[number].license.end)

    def cancel(self) -> None:
        number, by = self._any_license()
        done = self.chain.act(by, "LicenseBook", "cancel", number)
        scene = self.scene()
        self.trade(
            f"cancel {number}",
            done,
            lambda: self.market.cancel(self.router, number, by.account, scene),
            "LicenseCanceled",
        )

    def revoke(self) -> None:
        number, by = self._any_license()
        sold = self.market.sold.get(number)
        if sold and self.odds(90):
            (held,) = (each for each in self.held if each.patient.record == sold.offer.record)
            by = held.patient.subject
        done = self.chain.act(by, "LicenseBook", "revoke", number)
        scene = self.scene()
        self.trade(
            f"revoke {number}",
            done,
            lambda: self.market.revoke(self.router, number, by.account, scene),
            "LicenseEnded",
        )

    def prune(self) -> None:
        number, _ = self._any_license()
        done = self.chain.send(self.anybody(), "LicenseBook", "prune", number)
        ends = any(each.name == "LicenseEnded" for each in done.events)
        scene = self.scene()
        self.trade(
            f"prune {number}",
            done,
            lambda: self.market.prune(self.router, number, scene),
            "LicenseEnded" if ends else "LicensePruned",
        )

    def sublicense(self) -> None:
        number, by = self._any_license()
        sold = self.market.sold.get(number)
        if sold and self.odds(90):
            (by,) = (each for each in LICENSEES if each.account == sold.license.licensee)
        to = self.chance.choice(LICENSEES) if self.odds(97) else OUTSIDER
        mask = (
            self._some_mask(sold.offer) & (sold.license.mask if self.odds(95) else 0xFFFF)
            if sold
            else 2
        )
        days = self.chance.randrange(1, 60) if self.odds(95) else 0
        arguments = (number, to.account, mask, days, MOST)
        intent = self.chain.intent(by, "LicenseBook", "sublicense", arguments)
        asked = Bought(number_of(intent), 0, Kind.SUBSCRIPTION, mask, days, Use(1), to.account)
        done = self.chain.send(by, "LicenseBook", "sublicense", *arguments, intent)
        scene = self.scene()
        self.trade(
            f"sublicense {number}",
            done,
            lambda: self.market.sublicense(self.router, number, asked, by.account, scene),
            "LicenseIssued",
        )

    # ACCESS

    def ask_access(self) -> None:
        """A view: what it opens is what the model opens, and nothing that has ended."""
        number, _ = self._any_license()
        sold = self.market.sold.get(number)
        holder = sold.license.licensee if sold and self.odds(90) else LICENSEES[0].account
        code = self.chance.choice([*CODES, 14])
        use = sold.license.use if sold and self.odds(90) else Use.DRUG
        version = self.chance.choice([1, 1, 2])
        record = sold.offer.record if sold else self.held[0].patient.record
        self.told = f"access {number}"
        found = self.chain.view(
            "LicenseBook", "checkAccess", number, holder, code, version, use.bit_length() - 1
        )
        asked, scene = Asked(holder, record, code, version, use), self.scene()

        assert found == self.market.access(number, asked, scene)
        if found[0]:
            invariants.i10_only_live(self.market, number, asked, scene)
