"""Random lives of the exchange: offers, licenses and sales, while owners and patients do theirs."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from salus.kernel.ids import NOBODY, Digest
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.licensing.attributes import Attributes, attributes_word
from salus.rights.consent.licensing.model import Duo, Policy, Region, Use
from salus.rights.identity.model import ActionKind, Roles
from salus.rights.records.errors import Locked, RekeyLate
from salus.rights.revenue.model import BPS, DAY, Router
from salus.services.exchange import errors as e
from salus.services.exchange.model import (
    REKEY_HOURS,
    Asked,
    Flag,
    Kind,
    Offer,
    check_offer,
    codes,
    fits_policy,
)
from tests.support.money import invariants
from tests.support.money.chain import NO_INTENT, Actor, Done, actor
from tests.support.money.claims import Claims
from tests.support.money.market import MOST, After, Bought, Market, Scene, check_sections
from tests.support.money.owners import OWNERS, PAYEES, Owners
from tests.support.money.pair import OTHER_PLATFORM, Held
from tests.support.money.world import CODES, START, World

LICENSEES = tuple(actor(name) for name in ("acme", "institute", "school", "rival"))
OUTSIDER = actor("outsider")
ATTRIBUTES = {
    LICENSEES[0].account: Attributes(Region.EU, is_non_profit=True, ethics_until=START + 300 * DAY),
    LICENSEES[1].account: Attributes(Region.US, is_non_profit=False, ethics_until=0),
    LICENSEES[2].account: Attributes(Region.UK | Region.CH, is_non_profit=True, ethics_until=0),
    LICENSEES[3].account: Attributes(Region.EU, is_non_profit=False, ethics_until=0),
}
NONE = Attributes(Region(0), is_non_profit=False, ethics_until=0)
ALL_USES = Use(0xFFFF)
POLICIES = (
    Policy(CODES, frozenset({Duo.GRU}), ALL_USES, Region.ANY),
    Policy(CODES, frozenset({Duo.GRU, Duo.HMB}), ALL_USES, Region.ANY),
    Policy((1, 7), frozenset({Duo.GRU, Duo.NCU, Duo.IRB}), Use.ACADEMIC | Use.DRUG, Region.ANY),
    Policy(CODES, frozenset({Duo.GRU, Duo.TS, Duo.NPO}), ALL_USES, Region.EU | Region.UK),
    Policy(),
)
DUOS = (
    *[frozenset({Duo.GRU})] * 12,
    frozenset({Duo.HMB, Duo.NPOA}),
    frozenset({Duo.GRU, Duo.NCU, Duo.IRB}),
    frozenset({Duo.GRU, Duo.NPUNCU}),
    frozenset({Duo.GRU, Duo.TS, Duo.NPO}),
    frozenset({Duo.NCU}),
)
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


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that waits for new keys (units, seconds)."""

    held: Held
    offer: Offer
    price: int
    buyer: Actor
    receiver: Actor
    deadline: int


class ExchangeLife(Owners):
    parties = (*LICENSEES, *PAYEES, *OWNERS)
    owners = (*OWNERS, LICENSEES[3])
    verbs = VERBS

    def __init__(self, seed: int, records: int = 3) -> None:
        super().__init__(seed, World(), records)
        self.holder = Claims(NOBODY)
        self.market = Market()
        self.sales: dict[int, OpenSale] = {}
        self.accredited = frozenset(each.account for each in LICENSEES)
        self.policies: dict[int, Policy] = {}
        self.exchange = self.chain.contracts["LicenseBook"].address
        self.world.admit(OTHER_PLATFORM, Roles(0))
        for each in LICENSEES:
            word = int(attributes_word(ATTRIBUTES[each.account])).to_bytes(32)
            self.world.admit(each, Roles.LICENSEE, word)
            self.world.enrich(each, 10**24)
        for held in self.held:
            self._allow(held, POLICIES[0])

    def step(self) -> None:
        (verb,) = self.chance.choices(list(self.verbs), weights=list(self.verbs.values()))
        getattr(self, verb)()

    def is_locked(self, token: int) -> bool:
        return token in self.router.liens or token in self._rekeying()

    def _rekeying(self) -> frozenset[int]:
        return frozenset(sale.offer.token for sale in self.sales.values())

    def scene(self) -> Scene:
        return Scene(
            now=self.now,
            gates=self.books.gates,
            policies=self.policies,
            attributes={each.account: NONE for each in (OUTSIDER, *OWNERS)} | ATTRIBUTES,
            accredited=self.accredited,
            sections=self._sections,
            rekeying=self._rekeying(),
            subjects={held.patient.record: held.patient.subject.account for held in self.held},
        )

    def _sections(self, token: int) -> int:
        (held,) = (each for each in self.held if each.patient.record == token >> 8)
        return (
            sum(1 << (each & 0xFF) for each in held.sections(token)) if token in held.owners else 0
        )

    def trade(
        self, told: str, done: Done, deed: Callable[[], After], event: str | None = None
    ) -> After | None:
        """As `both`, with the figures of the event of the exchange."""
        found: list[After] = []

        def of_router() -> Router:
            found.append(deed())
            return found[0].router

        if not self.both(told, done, of_router):
            return None
        self.market = found[0].market
        if event:
            values = done.named(event)
            assert found[0].told == {name: values[name] for name in found[0].told}
        return found[0]

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
        if offer is not None and offer.token not in self._owners():
            return
        by = self._owners()[offer.token] if offer and self.odds(90) else OUTSIDER
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

    def _owners(self) -> dict[int, Actor]:
        return {token: owner for held in self.held for token, owner in held.owners.items()}

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
        asked = replace(asked, id=_number(intent))
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
        self.trade(
            f"renew {number}",
            done,
            lambda: self.market.renew(
                self.router, number, days, max_price=most, by=by.account, scene=scene
            ),
            "LicenseRenewed",
        )

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
        asked = Bought(_number(intent), 0, Kind.SUBSCRIPTION, mask, days, Use(1), to.account)
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

    # SALES

    def buy_token(self) -> None:
        sales = [each for each in self.market.offers.values() if each.kind is Kind.SALE]
        owners = self._owners()
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
            self.sales[_number(intent)] = OpenSale(
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

    # WHO MAY

    def set_policy(self) -> None:
        self.told = "set policy"
        held = self.chance.choice(self.held)
        self._allow(held, POLICIES[0] if self.odds(75) else self.chance.choice(POLICIES))

    def _allow(self, held: Held, policy: Policy) -> None:
        terms = (policy.mask, policy.duo_bits, int(policy.uses), int(policy.regions))
        by, record = held.patient.controller, held.patient.record
        self.world.do(self.chain.act(by, "LicensingPolicy", "setPolicy", record, *terms))
        self.policies[record] = policy

    def accredit(self) -> None:
        """A licensee loses its role, or gets it back."""
        self.told = "accredit"
        out = sorted({each.account for each in LICENSEES} - self.accredited)
        who = self.chance.choice(out or [each.account for each in LICENSEES])
        is_in = who in self.accredited
        self.world.decide(ActionKind.SET_ROLES, who, 0 if is_in else int(Roles.LICENSEE))
        self.accredited ^= {who}

    # CHECK

    def check(self, *, is_whole: bool) -> None:
        super().check(is_whole=is_whole)
        if is_whole:
            invariants.i15_exclusive_alone(self.market, self.router, self.scene())
            self._check_users()

    def _check_users(self) -> None:
        for section, (user, until) in self.market.users.items():
            expected = user if until > self.now else NOBODY
            assert self.chain.view("RecordRegistry", "userOf", section) == expected
            assert self.chain.view("RecordRegistry", "userExpires", section) == until


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


def _number(intent: tuple[object, ...]) -> int:
    """The number that an intent takes: of a license or of a sale."""
    signer, nonce = intent[0], intent[1]
    assert isinstance(signer, bytes)
    assert isinstance(nonce, int)
    return int.from_bytes(keccak256(bytes(12) + signer + nonce.to_bytes(32))[:16])
