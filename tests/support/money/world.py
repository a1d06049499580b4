"""A consortium with records, money and the contracts of money; every test begins with one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from salus.kernel.eip712 import domain_separator
from salus.kernel.ids import NOBODY, Address, RecordId
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import Deploy
from salus.rights.custody import founding
from salus.rights.identity.model import ActionKind, Roles
from salus.rights.records.ledger import Rekey, rekey_digest
from salus.rights.revenue.model import Shares
from tests.support.money.chain import CHAIN_ID, NO_MEMBERSHIP, Actor, Chain, Done, actor

START = 1_800_000_000
RICH = 10**18
USUAL = Shares()
CODES = (1, 2, 7)
SECTIONS = sum(1 << code for code in CODES)
GOVERNOR, HOSPITAL, HOST, PLATFORM = (
    actor(name) for name in ("governor", "hospital", "host", "platform")
)
CUSTODIANS = tuple(actor(f"custodian {number}") for number in range(3))
SET = keccak256(b"custodians")
RELAYER = actor("relayer").account
MONEY = frozenset(
    {
        "Organizations",
        "RecordRegistry",
        "Authority",
        "LicensingPolicy",
        "ConsentRegistry",
        "SettlementToken",
        "RevenueRouter",
        "CustodyRegistry",
        "OfferBook",
        "LicenseBook",
        "Appraiser",
        "LoanAuction",
        "LoanBook",
    }
)


@dataclass(frozen=True, slots=True)
class Patient:
    """`controller` signs for the account that is the subject of the record."""

    record: RecordId
    controller: Actor
    subject: Actor

    @property
    def token(self) -> int:
        return self.record << 8

    @property
    def sections(self) -> tuple[int, ...]:
        return tuple(self.token | code for code in CODES)


class World:
    """`modules` makes what a test puts in the place of contracts above the router."""

    def __init__(self, modules: Callable[[Chain], dict[str, Address]] | None = None) -> None:
        self.chain = Chain(START)
        self.modules = modules(self.chain) if modules else {}
        self.chain.deploy(plan(self.modules), RELAYER)
        self._proposals = 0
        self._people()

    def _people(self) -> None:
        self.admit(HOSPITAL, Roles.SOURCE)
        self.admit(PLATFORM, Roles(0))
        self.decide(ActionKind.SET_PLATFORM, PLATFORM.account)
        self.admit(HOST, Roles.GATEWAY)
        for each in CUSTODIANS:
            self.admit(each, Roles.CUSTODIAN)
        custodians = [each.account for each in CUSTODIANS]
        arguments = (SET, custodians, HOST.account, 3, 3)
        intent = self.chain.intent(HOSPITAL, "CustodyRegistry", "defineSet", arguments)
        self.do(
            self.chain.send(
                HOSPITAL, "CustodyRegistry", "defineSet", *arguments, (intent, NO_MEMBERSHIP)
            )
        )

    def do(self, done: Done) -> Done:
        """A call that belongs to the scene and must not fail."""
        assert done.error is None, repr(done.error)
        return done

    # GOVERN

    def admit(self, who: Actor, roles: Roles, attributes: bytes = bytes(32)) -> Actor:
        self.decide(ActionKind.ADMIT, who.account, int(roles), attributes)
        return who

    def decide(
        self,
        kind: ActionKind,
        org: Address,
        value: int = 0,
        attributes: bytes = bytes(32),
        other: Address = NOBODY,
    ) -> None:
        self._proposals += 1
        action = (int(kind), org, value, attributes, other)
        self.do(
            self.chain.act(
                GOVERNOR, "Organizations", "propose", self._proposals.to_bytes(32), action
            )
        )

    def enrich(self, who: Actor, amount: int = RICH) -> Actor:
        self.do(self.chain.act(PLATFORM, "SettlementToken", "issue", who.account, amount))
        router = self.chain.contracts["RevenueRouter"].address
        self.do(self.chain.send(who, "SettlementToken", "approve", router, 2**256 - 1))
        return who

    # RECORDS

    def patient(self, number: int, shares: Shares = USUAL, host: Address = HOST.account) -> Patient:
        """A record with three sections, of which its subject is the owner."""
        chain, record = self.chain, RecordId(0x5A105 + number)
        controller = actor(f"patient {number}")
        self.do(chain.act(controller, "Authority", "enroll", record, controller.account))
        account = Address(chain.view("Authority", "accountOf", record))
        patient = Patient(record, controller, Actor(controller.key, account))
        terms = (
            record,
            HOSPITAL.account,
            account,
            host,
            shares.source,
            shares.host,
            shares.subject,
        )
        accepted = chain.intent(
            patient.subject, "RecordRegistry", "register", [terms], primary="AcceptRegistration"
        )
        self._by_hospital("RecordRegistry", "register", (terms,), accepted)
        self._by_hospital("CustodyRegistry", "assign", (record, SET))
        version = (record, 1, bytes(32), keccak256(b"root"), SECTIONS, 0)
        self._by_hospital("RecordRegistry", "advance", ([version],))
        return patient

    def _by_hospital(
        self, contract: str, verb: str, arguments: tuple[Any, ...], *more: Any
    ) -> None:
        intent = self.chain.intent(HOSPITAL, contract, verb, arguments)
        by = (intent, NO_MEMBERSHIP)
        self.do(self.chain.send(HOSPITAL, contract, verb, *arguments, *more, by))

    def rekey(self, token: int, receiver: Address, root: bytes) -> tuple[Any, list[bytes]]:
        """New keys of a token for a receiver, and what its custodians sign of them."""
        chain = self.chain
        state = chain.view("RecordRegistry", "tokenStateOf", token)
        old = chain.view("RecordRegistry", "recordOf", token >> 8)[-1]
        key_hash = chain.view("Organizations", "keyHashOf", receiver, 5)
        sealed = keccak256(root)
        rekey = (token, state[2], old, root, receiver, key_hash, sealed, chain.now + 86_400)
        return rekey, [each.key.sign(_rekey_digest(chain, rekey)) for each in CUSTODIANS]


def _rekey_digest(chain: Chain, rekey: tuple[Any, ...]) -> bytes:
    address = chain.contracts["RecordRegistry"].address
    return rekey_digest(domain_separator("RecordRegistry", CHAIN_ID, address), Rekey(*rekey))


def plan(modules: dict[str, Address]) -> list[Deploy]:
    """The contracts of money as a new home has them, but for those that a test replaces."""
    steps = founding.plan([GOVERNOR.account], 1)
    return [_beside(each, modules) for each in steps if each.name in MONEY.difference(modules)]


def _beside(step: Deploy, modules: dict[str, Address]) -> Deploy:
    return replace(step, arguments=lambda at: step.arguments(at | modules))
