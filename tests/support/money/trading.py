"""The books of the exchange and their model side by side: what both are given and who may trade."""

from collections.abc import Callable
from dataclasses import dataclass

from salus.kernel.ids import NOBODY
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.licensing.attributes import Attributes, attributes_word
from salus.rights.consent.licensing.model import Duo, Policy, Region, Use
from salus.rights.identity.model import ActionKind, Roles
from salus.rights.revenue.model import DAY, Router
from salus.services.exchange.model import (
    Offer,
)
from tests.support.money import invariants
from tests.support.money.chain import Actor, Done, actor
from tests.support.money.claims import Claims
from tests.support.money.deals import Scene
from tests.support.money.market import After, Market
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


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that waits for new keys (units, seconds)."""

    held: Held
    offer: Offer
    price: int
    buyer: Actor
    receiver: Actor
    deadline: int


class Trading(Owners):
    parties = (*LICENSEES, *PAYEES, *OWNERS)
    owners = (*OWNERS, LICENSEES[3])

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

    # WHO MAY

    def owners_now(self) -> dict[int, Actor]:
        return {token: owner for held in self.held for token, owner in held.owners.items()}

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
            prices = [each.price for each in self.sales.values()]
            invariants.i16_held(self.view("reserveOf", self.exchange), prices)
            self._check_users()

    def _check_users(self) -> None:
        for section, (user, until) in self.market.users.items():
            expected = user if until > self.now else NOBODY
            assert self.chain.view("RecordRegistry", "userOf", section) == expected
            assert self.chain.view("RecordRegistry", "userExpires", section) == until


def number_of(intent: tuple[object, ...]) -> int:
    """The number that an intent takes: of a license or of a sale."""
    signer, nonce = intent[0], intent[1]
    assert isinstance(signer, bytes)
    assert isinstance(nonce, int)
    return int.from_bytes(keccak256(bytes(12) + signer + nonce.to_bytes(32))[:16])
