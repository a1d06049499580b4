"""A record that licensees pay for, a bank, a rival and buyers: where attacks are tried."""

from typing import Any

from salus.kernel.ids import NOBODY, Address
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.licensing.model import Duo
from salus.rights.identity.model import Roles
from salus.rights.revenue.model import DAY
from salus.services.exchange.model import Kind
from tests.support.money.chain import NO_INTENT, Actor, Chain, Done, actor
from tests.support.money.world import SECTIONS, World

EXCHANGE, KEEPER, THIEF = (actor(name) for name in ("exchange", "keeper", "thief"))
BANK, RIVAL = actor("bank"), actor("rival")
LICENSEES = tuple(sorted((actor(f"licensee {n}") for n in range(6)), key=lambda a: a.account))
LABORATORY = 7
RATE = 4 * 10**6
PRINCIPAL = 2_000 * 10**6
MOST = 2**256 - 1


class Stage:
    """With `is_open` licenses are opened as a test likes; otherwise through the real books."""

    def __init__(self, *, is_open: bool) -> None:
        self.world = World(_modules if is_open else None)
        self.chain = self.world.chain
        self.patient = self.world.patient(1)
        self.token, self.owner = self.patient.token, self.patient.subject
        self.section = self.token | LABORATORY
        for each in LICENSEES:
            self.world.enrich(self.world.admit(each, Roles.LICENSEE))
        for each in (BANK, RIVAL):
            self.world.enrich(self.world.admit(each, Roles.LENDER))
        self.world.enrich(KEEPER)

    def look(self, contract: str, view: str, *arguments: Any) -> Any:
        return self.chain.view(contract, view, *arguments)

    def do(self, done: Done) -> Done:
        return self.world.do(done)

    def credit(self, account: Address) -> int:
        found: int = self.look("RevenueRouter", "creditOf", account)
        return found

    # LICENSES, AS THE EXCHANGE OPENS THEM

    def licensed(self, number: int, by: Actor, rate: int = RATE, days: int = 400) -> None:
        end = self.chain.now // DAY + days
        legs = [(self.section, rate)]
        arguments = (self.token, number, by.account, legs, end, True, True)
        self.do(self.chain.send(EXCHANGE, "RevenueRouter", "open", *arguments))

    def poke(self, *licenses: int) -> int:
        self.do(self.chain.send(KEEPER, "Appraiser", "poke", self.token, list(licenses)))
        value: int = self.look("Appraiser", "valueOf", self.token)[0]
        return value

    def ripe(self) -> int:
        """Five licensees have paid for long enough to be believed."""
        for number, each in enumerate(LICENSEES[:5], 1):
            self.licensed(number, each)
        self.chain.wait(110 * DAY)
        return self.poke(1, 2, 3, 4, 5)

    # LOANS

    def offer(self, lender: Actor = BANK, **changed: Any) -> tuple[Any, ...]:
        terms = {
            "lender": lender.account,
            "token": self.token,
            "fingerprint": bytes(self.look("RevenueRouter", "collateralFingerprint", self.token)),
            "principal": PRINCIPAL,
            "apr": 1_200,
            "days": 365,
            "mode": 1,
            "split": 0,
            "warn": 6_000,
            "liquidation": 7_500,
            "covenant": 0,
            "least": 0,
            "agreement": keccak256(b"agreement"),
        }
        return tuple((terms | changed).values())

    def lent(self, offer: tuple[Any, ...], lender: Actor = BANK) -> tuple[Any, ...]:
        """What the lender signs of its offer."""
        return self.chain.intent(
            lender, "LoanBook", "borrow", [offer], primary="OfferLoan", is_signed=True
        )

    def borrow(self, offer: tuple[Any, ...], lent: tuple[Any, ...]) -> Done:
        mine = self.chain.intent(self.owner, "LoanBook", "borrow", [offer])
        return self.chain.send(self.owner, "LoanBook", "borrow", offer, lent, mine)

    def borrowed(self) -> None:
        self.ripe()
        offer = self.offer()
        self.do(self.borrow(offer, self.lent(offer)))

    # OFFERS, THROUGH THE BOOKS

    def posted(self, kind: Kind, price: int = RATE) -> int:
        terms = (SECTIONS, 1 << Duo.GRU, 0xFFFF, 1)
        record = self.patient.record
        by = self.patient.controller
        self.do(self.chain.act(by, "LicensingPolicy", "setPolicy", record, *terms))
        until = self.chain.now + 900 * DAY
        offer = (
            *(self.token, 1 << LABORATORY, int(kind), 0, 0xFFFF, 1, 0, 30, 365, 0),
            *(1 << Duo.GRU, self.owner.account, until, keccak256(b"agreement")),
        )
        asked = (offer, [price])
        intent = self.chain.intent(self.owner, "OfferBook", "postOffer", asked)
        made = self.chain.send(self.owner, "OfferBook", "postOffer", *asked, NO_INTENT, intent)
        number: int = self.do(made).named("OfferPosted")["id"]
        return number

    def subscribed(self, offer: int, by: Actor, days: int = 30) -> int:
        purchase = (offer, 1 << LABORATORY, days, 3, 0, MOST)
        done = self.do(self.chain.act(by, "LicenseBook", "subscribe", purchase))
        number: int = done.named("LicenseIssued")["id"]
        return number


def _modules(chain: Chain) -> dict[str, Address]:
    return {"LicenseBook": EXCHANGE.account, "OfferBook": NOBODY}
