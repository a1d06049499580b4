"""A consortium with a router whose exchange is whoever sends transactions here: the test itself."""

from dataclasses import dataclass, replace
from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Contract, Deploy, EmbeddedLedger, deploy
from salus.platform.work import Node
from salus.rights.identity.ledger import send
from salus.rights.records.ledger import token_of
from salus.rights.revenue import service
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.ledger import ROUTER, TOKEN, balance_of, section_id
from salus.rights.revenue.model import DAY
from tests.support.scene import Scene, new_scene

LABORATORY = 7
RATE = 100 * UNIT
FUNDS = 100_000 * UNIT


@dataclass(frozen=True, slots=True)
class Earning:
    """A record of a patient, and a licensee with money that the router may pull.

    `ordinary` is the router that a home has, in which the test is nobody.
    """

    stage: Scene
    ordinary: Contract
    record: RecordId
    licensee: SigningKey

    @property
    def node(self) -> Node:
        return self.stage.node

    @property
    def token(self) -> int:
        return token_of(self.record)

    def open(self, number: int, *, days: int, rate: int = RATE) -> int:
        """A license of the laboratory section; what it costs (units)."""
        end = seconds(self.node.clock.now()) // DAY + days
        legs = [(section_id(self.record, LABORATORY), rate)]
        before = self.held(self.licensee.address)
        self.say("open", self.token, number, self.licensee.address, legs, end, True, True)
        return before - self.held(self.licensee.address)

    def say(self, verb: str, *arguments: object) -> None:
        """As the exchange."""
        send(self.node, self.node.contracts[ROUTER].call(verb, *arguments))

    def held(self, account: Address) -> int:
        return balance_of(self.node, account)

    def wait(self, **time: int) -> None:
        self.stage.clock.move(timedelta(**time))


def earning() -> Earning:
    stage = new_scene()
    record, licensee, platform = stage.record(), SigningKey.generate(), stage.consortium.platform
    own = replace(stage, node=_with_own_router(stage.node))
    service.issue(own.node, to=licensee.address, amount=FUNDS, by=platform.signing)
    service.allow(own.node, FUNDS, by=licensee)
    return Earning(own, stage.node.contracts[ROUTER], record, licensee)


def _with_own_router(node: Node) -> Node:
    """The node itself is one that other tests share."""
    assert isinstance(node.ledger, EmbeddedLedger)
    sender = node.ledger._relayer.address
    names = (TOKEN, "Organizations", "LicensingPolicy", "RecordRegistry")
    arguments = [node.contracts[name].address for name in names]
    plan = [Deploy("salus.rights.revenue", ROUTER, lambda _: [*arguments, sender, sender])]
    return replace(node, contracts=node.contracts | deploy(node.ledger, plan))
