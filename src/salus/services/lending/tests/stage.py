"""A record that five licensees pay for, banks, a buyer, and a clock that a test moves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from salus.kernel.clock import seconds
from salus.kernel.ids import NOBODY, Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing import service as policies
from salus.rights.consent.licensing.model import USUAL, Duo, Region, policy_for
from salus.rights.identity.ledger import intent, send, signed
from salus.rights.identity.model import Intent, Party, Roles
from salus.rights.identity.service import admit, new_party
from salus.rights.records import ownership
from salus.rights.records.ledger import token_of
from salus.rights.records.tokens import Hand
from salus.rights.revenue import ledger as money
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT
from salus.services.lending import service
from salus.services.lending.appraising import Valued, read_value
from salus.services.lending.keeping import look_after
from salus.services.lending.model import LoanOffer, Mode
from salus.services.lending.offers import SignedOffer
from salus.services.lending.reading import Standing, standing
from tests.support.scene import Scene, new_scene

LABORATORY = 7
RATE = 4 * UNIT  # a day, of each licensee
FUNDS = 1_000_000 * UNIT
PRINCIPAL = 400 * UNIT
SUBSCRIPTION = 3
_NO_AGREEMENT = Digest(bytes(32))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everybody around one pledged or free record."""

    scene: Scene
    record: RecordId
    wallet: SigningKey
    bank: Party
    other_bank: Party
    acme: Party
    licensees: tuple[Party, ...]
    offer_id: int
    licenses: list[int]
    section: int = 0

    @property
    def node(self) -> Node:
        return self.scene.node

    @property
    def token(self) -> int:
        return token_of(self.record, self.section)

    @property
    def account(self) -> Address:
        """The patient's, who owns the record at first."""
        return account_of(self.node, self.record)

    @property
    def patient(self) -> Hand:
        return Hand(self.wallet, self.account)

    def wait(self, **time: float) -> None:
        self.scene.clock.move(timedelta(**time))
        self.node.ledger.advance()

    def credit(self, account: Address) -> int:
        return money.credit_of(self.node, account)

    def held(self, account: Address) -> int:
        return money.balance_of(self.node, account)

    def standing(self, loan: int = 1) -> Standing:
        self.node.ledger.advance()
        return standing(self.node, loan)

    def value(self) -> Valued:
        return read_value(self.node, self.token)

    def enrich(self, who: Address, by: SigningKey | None = None, units: int = FUNDS) -> None:
        """Money for an account, which its key lets the router pull."""
        platform = self.scene.consortium.platform
        revenue.issue(self.node, to=who, amount=units, by=platform.signing)
        if by is not None:
            revenue.allow(self.node, units, by=by)

    def subscribe(self, licensee: Party, days: int = 400) -> None:
        """A license of the laboratory section."""
        taken = (self.offer_id, 1 << LABORATORY, days, 0, 0, FUNDS)
        book = self.node.contracts["LicenseBook"]
        (receipt,) = send(
            self.node, signed(self.node, "LicenseBook", "subscribe", taken, by=licensee.signing)
        )
        events = (book.event(each) for each in receipt.events if each.address == book.address)
        self.licenses.append(
            next(each.values["id"] for each in events if each and each.name == "LicenseIssued")
        )
        self.node.follow()

    def divided(self) -> "Stage":
        """The laboratory section as a token of its own, offered by itself."""
        ownership.detach(self.node, record=self.record, sections=["laboratory"], by=self.wallet)
        offer = _post_offer(self.node, token_of(self.record, LABORATORY), self.patient)
        return replace(self, offer_id=offer, section=LABORATORY)

    def ripe(self) -> None:
        """Five licensees have paid for as long as it is looked back."""
        for each in self.licensees:
            self.subscribe(each)
        self.wait(days=110)
        revenue.settle(self.node, self.token)
        self.value()

    def offered(self, *, lender: Party | None = None, **terms: Any) -> SignedOffer:
        wished = replace(
            LoanOffer(NOBODY, self.token, Digest(bytes(32)), PRINCIPAL, Digest(bytes(32))), **terms
        )
        until = self.scene.now() + timedelta(days=7)
        return service.offer(self.node, wished, until=until, lender=lender or self.bank)

    def borrow(self, **terms: Any) -> int:
        return service.borrow(self.node, self.offered(**terms), by=self.patient)

    def borrowed(self, mode: Mode = Mode.AMORTIZE, **terms: Any) -> int:
        """A loan on a record that earns."""
        self.ripe()
        apr = {"apr_bps": 0} if mode is Mode.FRUITS else {}
        return self.borrow(mode=mode, **apr, **terms)

    def close(self, *sections: int) -> None:
        policies.close(self.node, record=self.record, sections=sections, by=self.wallet)

    def revoke_four(self) -> None:
        """The patient ends all licenses but one."""
        book = self.node.contracts["LicenseBook"]
        for number in self.licenses[:4]:
            own = intent(self.node, book, "revoke", [number], by=self.wallet, signer=self.account)
            send(self.node, book.call("revoke", number, own.as_abi()))
        self.node.follow()

    def reopen(self) -> None:
        """The patient thinks better of it, and the licensees come back."""
        policies.reopen(self.node, record=self.record, sections=[LABORATORY], by=self.wallet)
        for each in self.licensees:
            self.subscribe(each)

    def erase(self) -> None:
        """The word of the patient; keepers destroy their shares by it."""
        send(self.node, signed(self.node, "Authority", "erase", self.record, by=self.wallet))

    def allow(self, *sections: int) -> None:
        """Say anew what may be licensed."""
        policy = policy_for(sections, [Duo.GRU])
        policies.set_policy(self.node, record=self.record, policy=policy, by=self.wallet)

    def watch(self, *parties: Party) -> list[tuple[int, Exception]]:
        """The job, in a home where these parties live."""
        keys = {each.address: each.signing for each in parties}
        return list(look_after(self.node, keys.get))


def new_stage() -> Stage:
    scene = new_scene()
    record = scene.record()
    wallet = scene.wallet(record)
    consortium = scene.consortium
    licensees = tuple(new_party(f"lab{number}", Roles.LICENSEE) for number in range(1, 6))
    other_bank = new_party("thrift", Roles.LENDER)
    admit(scene.node, (*licensees, other_bank), governors=consortium.governors()[:2])
    policy = policy_for([LABORATORY], [Duo.GRU])
    policies.set_policy(scene.node, record=record, policy=policy, by=wallet)
    account = account_of(scene.node, record)
    stage = Stage(
        scene,
        record,
        wallet,
        consortium.bank,
        other_bank,
        consortium.licensees[0],
        licensees,
        _post_offer(scene.node, token_of(record), Hand(wallet, account)),
        [],
    )
    for each in (*licensees, stage.acme):
        stage.enrich(each.address, each.signing)
    for each in (stage.bank, other_bank):
        stage.enrich(each.address)
    return stage


def _post_offer(node: Node, token: int, owner: Hand) -> int:
    """The laboratory section at a rate of 4.00 a day, for whatever is usual."""
    until = seconds(node.clock.now()) + 2 * 365 * 86_400
    terms = (
        token,
        1 << LABORATORY,
        SUBSCRIPTION,
        0,
        int(USUAL),
        int(Region.ANY),
        0,
        1,
        1_095,
        0,
        1 << Duo.GRU,
        owner.account,
        until,
        _NO_AGREEMENT,
    )
    book = node.contracts["OfferBook"]
    arguments = (terms, [RATE])
    own = intent(node, book, "postOffer", arguments, by=owner.key, signer=owner.account)
    nobody = Intent.nobodys().as_abi()
    (receipt,) = send(node, book.call("postOffer", *arguments, nobody, own.as_abi()))
    node.follow()
    events: Iterable[Any] = (
        book.event(each) for each in receipt.events if each.address == book.address
    )
    return int(next(each.values["id"] for each in events if each and each.name == "OfferPosted"))
