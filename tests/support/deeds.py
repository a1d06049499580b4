"""A life in which every verb of every contract that takes an intent happens at least once."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from salus.kernel.clock import ManualClock
from salus.kernel.ids import NOBODY, Address, RecordId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import EmbeddedLedger, deploy
from salus.platform.testing import memory_node
from salus.platform.work import Node
from salus.rights.custody.founding import CLINIC, plan
from salus.rights.identity.ledger import send, signed, view
from salus.rights.identity.model import ActionKind, KeyUse, Party, Roles, as_key
from salus.rights.identity.service import add_acting_key, admit, link, name_platform, new_party
from salus.rights.revenue.ledger import permit_payer

DAY = 86_400
NONE = bytes(32)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose intent it is; `account` is the contract that the key signs for (ERC-1271).

    `over` is a verb that takes the last of these arguments, where no more than its are signed.
    """

    key: SigningKey = field(repr=False)
    account: Address | None = None
    primary: str | None = None
    over: str | None = None

    @property
    def address(self) -> Address:
        return self.account or self.key.address


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb with its arguments but the authorities; `other` is who must agree besides `by`."""

    contract: str
    verb: str
    arguments: tuple[Any, ...]
    by: Signer
    other: Signer | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Two governors, who are a hospital and a clinic, and those around two records."""

    node: Node
    hospital: Party
    clinic: Party
    custodians: tuple[Party, Party]
    gateway: Party
    registrar: Party
    privacy: Party
    clinicians: tuple[SigningKey, SigningKey]
    patient: SigningKey
    guardians: tuple[SigningKey, SigningKey]
    records: tuple[RecordId, RecordId]
    third: RecordId
    account: "Account"

    @property
    def now(self) -> int:
        """The time of the last block, seconds."""
        return self.node.ledger.head().time

    def account_of(self, record: RecordId) -> Address:
        return Address(view(self.node, "Authority", "accountOf", record))


@dataclass(frozen=True, slots=True)
class Account:
    """A contract that signs (ERC-1271): it agrees with its present controller, not a former one."""

    address: Address
    present: SigningKey = field(repr=False)
    former: SigningKey = field(repr=False)


def new_world() -> World:
    hospital = new_party("hospital", Roles.SOURCE | Roles.HOSPITAL)
    clinic = new_party("clinic", CLINIC)
    addresses = [hospital.address, clinic.address]
    custodians = new_party("c1", Roles.CUSTODIAN), new_party("c2", Roles.CUSTODIAN)
    node = memory_node(deploy=lambda ledger: deploy(ledger, plan(addresses, 2)))
    world = World(
        node,
        hospital,
        clinic,
        custodians,
        new_party("gateway", Roles.GATEWAY),
        new_party("registrar", Roles.REGISTRAR),
        new_party("privacy", Roles.PRIVACY),
        (SigningKey.generate(), SigningKey.generate()),
        SigningKey.generate(),
        (SigningKey.generate(), SigningKey.generate()),
        (new_record_id(), new_record_id()),
        new_record_id(),
        _new_account(node),
    )
    _settle(world)
    return world


def _new_account(node: Node) -> Account:
    record, former, present = new_record_id(), SigningKey.generate(), SigningKey.generate()
    send(node, signed(node, "Authority", "enroll", record, former.address, by=former))
    send(node, signed(node, "Authority", "rotate", record, present.address, by=former))
    return Account(Address(view(node, "Authority", "accountOf", record)), present, former)


def _settle(world: World) -> None:
    node, governors = world.node, (world.hospital, world.clinic)
    others = (*world.custodians, world.gateway, world.registrar, world.privacy)
    admit(node, (*governors, *others), governors=governors)
    link(node, world.clinic.address, world.privacy.address, governors=governors)
    name_platform(node, world.registrar.address, governors=governors)
    _adopt_sender(world)
    for clinician in world.clinicians:
        add_acting_key(node, world.clinic, clinician)


def _adopt_sender(world: World) -> None:
    """From seven days later on, so long that everybody can look at a new module."""
    node, id_ = world.node, _id()
    assert isinstance(node.ledger, EmbeddedLedger)
    assert isinstance(node.clock, ManualClock)
    action = (ActionKind.ADOPT_MODULE, node.ledger._relayer.address, 0, NONE, NOBODY)
    first, second = world.hospital.signing, world.clinic.signing
    send(
        node,
        signed(node, "Organizations", "propose", id_, action, by=first),
        signed(node, "Organizations", "approve", id_, by=second),
    )
    node.clock.move(timedelta(days=7))


def life(world: World) -> Iterator[Deed]:
    """Each deed is possible once those before it have happened."""
    yield from _governing(world)
    yield from _keys(world)
    yield from _records(world)
    yield from _guarding(world)
    yield from _licensing(world)
    yield from _paying(world)
    yield from _keeping(world)
    yield from _consenting(world)
    yield from _ending(world)
    yield from _emergencies(world)
    yield from _referrals(world)
    yield from _leaving(world)


"""IDENTITY AND NOTARY"""


def _governing(world: World) -> Iterator[Deed]:
    first, second = Signer(world.hospital.signing), Signer(world.clinic.signing)
    member = new_party("member", Roles.READER).address
    action = (ActionKind.ADMIT, member, int(Roles.READER), _id(), NOBODY)
    withdrawn, kept = _id(), _id()
    for id_ in (withdrawn, kept):
        yield Deed("Organizations", "propose", (id_, action), first)
    yield Deed("Organizations", "withdraw", (withdrawn,), first)
    yield Deed("Organizations", "approve", (kept,), second)
    epoch = (_id(), 3, _id(), world.now)
    yield Deed("Organizations", "publishEpoch", epoch, Signer(world.registrar.signing))
    yield Deed("ConsentRegistry", "publishPolicy", (_id(), 2), first)
    condition = world.node.contracts["Anchors"].address
    yield Deed("ConsentRegistry", "approveCondition", (condition,), first)
    yield Deed("Anchors", "anchor", (_id(), 7), first)


def _keys(world: World) -> Iterator[Deed]:
    key, org, admin = SigningKey.generate(), world.hospital.address, Signer(world.hospital.signing)
    until = world.now + 9 * DAY
    named = (org, as_key(key.address), KeyUse.ACT, _id(), world.now, until)
    yield Deed("Organizations", "addKey", named, admin, Signer(key, primary="AcceptKey"))
    yield Deed("Organizations", "retireKey", (org, named[1], KeyUse.ACT, until - DAY), admin)


"""RECORDS AND CONTROL"""


def _records(world: World) -> Iterator[Deed]:
    patient, source = Signer(world.patient), Signer(world.hospital.signing)
    host = world.hospital.address
    for record in world.records:
        yield Deed("Authority", "enroll", (record, patient.address), patient)
        account = world.account_of(record)
        accepting = Signer(world.patient, account, "AcceptRegistration")
        registration = (record, source.address, account, host, 300, 200, 1_000)
        yield Deed("RecordRegistry", "register", (registration,), source, accepting)
    versions = [(record, 1, NONE, _id(), 6, 0) for record in world.records]
    yield Deed("RecordRegistry", "advance", (versions,), source)
    first, second = world.records
    yield Deed("RecordRegistry", "rotate", (first << 8,), source)
    subject = Signer(world.patient, account)
    yield Deed("RecordRegistry", "rotate", (second << 8,), subject)
    yield from _owning(world)


def _owning(world: World) -> Iterator[Deed]:
    """Of a third record, since the keys of the others are being changed."""
    patient, source = Signer(world.patient), Signer(world.hospital.signing)
    record, other = world.third, world.clinic.address
    yield Deed("Authority", "enroll", (record, patient.address), patient)
    account = world.account_of(record)
    accepting = Signer(world.patient, account, "AcceptRegistration")
    registration = (record, source.address, account, other, 300, 200, 1_000)
    yield Deed("RecordRegistry", "register", (registration,), source, accepting)
    yield Deed("RecordRegistry", "advance", ([(record, 1, NONE, _id(), 6, 0)],), source)
    subject = Signer(world.patient, account)
    yield Deed("RecordRegistry", "lowerShare", (record, 1, 200), source)
    yield Deed("RecordRegistry", "setHost", (record, source.address), subject)
    yield Deed("RecordRegistry", "detach", (record, 6), subject)
    yield Deed("RecordRegistry", "attach", (record, 4), subject)
    yield Deed("RecordRegistry", "transfer", (record << 8 | 1, other), subject)


def _guarding(world: World) -> Iterator[Deed]:
    record, patient = world.records[0], Signer(world.patient)
    guardians = sorted(key.address for key in world.guardians)
    yield Deed("Authority", "setGuardians", (record, guardians, 2), patient)
    yield Deed("Authority", "setGuardians", (record, guardians, 1), patient)
    yield Deed("Authority", "cancelGuardians", (record,), patient)
    topic, guardian = _id(), Signer(world.guardians[1])
    yield Deed("GuardiansAgreed", "agree", (record, topic), guardian)
    yield Deed("GuardiansAgreed", "withdraw", (record, topic), guardian)
    heir = SigningKey.generate().address
    yield Deed("Authority", "openRecovery", (record, heir), Signer(world.guardians[0]))
    yield Deed("Authority", "cancelRecovery", (record,), patient)
    delegation = (3, world.now, world.now + DAY, NOBODY, NONE)
    yield Deed("Authority", "appoint", (record, heir, delegation), patient)
    yield Deed("Authority", "dismiss", (record, heir), patient)


def _licensing(world: World) -> Iterator[Deed]:
    record, patient = world.records[0], Signer(world.patient)
    laboratory = record << 8 | 7
    yield Deed("LicensingPolicy", "setPolicy", (record, 1 << 7, 5, 3, 2), patient)
    yield Deed("LicensingPolicy", "setStanding", (record, _id()), patient)
    yield Deed("LicensingPolicy", "close", (laboratory,), patient)
    yield Deed("LicensingPolicy", "reopen", (laboratory,), patient)


def _paying(world: World) -> Iterator[Deed]:
    platform, holder = Signer(world.registrar.signing), Signer(world.clinic.signing)
    yield Deed("SettlementToken", "issue", (holder.address, 500), platform)
    yield Deed("SettlementToken", "redeem", (200,), holder)
    yield Deed("SettlementToken", "setBlocked", (world.gateway.address, True), platform)
    _owe(world)
    yield Deed("RevenueRouter", "withdraw", (holder.address, 100), holder)


def _owe(world: World) -> None:
    """Whoever sends transactions here is a module of the router, and credits the clinic."""
    node, clinic = world.node, world.clinic
    router = node.contracts["RevenueRouter"]
    send(
        node,
        permit_payer(node, 100, by=clinic.signing),
        router.call("take", clinic.address, 100),
        router.call("credit", clinic.address, 100),
    )


def _keeping(world: World) -> Iterator[Deed]:
    record, patient, set_ = world.records[0], Signer(world.patient), _id()
    custodians = [each.address for each in world.custodians]
    defined = (set_, custodians, world.gateway.address, 2, 1)
    yield Deed("CustodyRegistry", "defineSet", defined, Signer(world.hospital.signing))
    yield Deed("CustodyRegistry", "assign", (record, set_), patient)
    unit = _id()
    yield Deed("CustodyRegistry", "bump", (record, unit), patient)
    yield Deed("CustodyRegistry", "eraseUnit", (record, unit), patient)


"""CONSENT"""


def _consenting(world: World) -> Iterator[Deed]:
    record, patient, rule = world.records[0], Signer(world.patient), _id()
    approvers = [key.address for key in world.guardians]
    yield Deed("ConsentRegistry", "setRule", (record, rule, (2, 2, True), approvers), patient)
    yield Deed("ConsentRegistry", "assign", (record, _id(), rule), patient)
    replaced = [_id(), _id()]
    for grant in replaced:
        yield Deed("ConsentRegistry", "propose", (_proposal(world, grant),), patient)
    triggers = [(_id(), world.clinic.address, effect) for effect in (1, 2)]
    bound = (world.node.contracts["Anchors"].address, _id(), triggers, replaced)
    grant = _id()
    yield Deed("ConsentRegistry", "propose", (_proposal(world, grant)[:-4] + bound,), patient)
    reporter, evidence = Signer(world.clinic.signing), _id()
    yield Deed("ConsentRegistry", "report", (grant, triggers[0][0], evidence), reporter)
    yield Deed("ConsentRegistry", "revoke", (grant,), patient)


def _ending(world: World) -> Iterator[Deed]:
    record, patient, clinic = world.records[0], Signer(world.patient), Signer(world.clinic.signing)
    asked, refused, denial = _id(), _id(), _id()
    for grant in (asked, refused):
        yield Deed("ConsentRegistry", "propose", (_proposal(world, grant),), clinic)
    yield Deed("ConsentRegistry", "approve", (asked,), patient)
    yield Deed("ConsentRegistry", "decline", (refused,), patient)
    yield Deed("ConsentRegistry", "endAll", (record,), patient)
    yield Deed("ConsentRegistry", "propose", (_proposal(world, denial, effect=1),), patient)
    yield Deed("ConsentRegistry", "lift", (denial,), patient)


def _proposal(world: World, grant: bytes, *, effect: int = 0) -> tuple[Any, ...]:
    first = world.now // DAY * DAY
    window = (first, first + 30 * DAY)
    return (
        grant,
        world.records[0],
        effect,
        _id(),
        NONE,
        _id(),
        1,
        0,
        *window,
        NOBODY,
        NONE,
        [],
        [],
    )


"""CARE"""


def _emergencies(world: World) -> Iterator[Deed]:
    record, site = world.records[0], world.clinic.address
    first, second = (Signer(key) for key in world.clinicians)
    yield Deed("EmergencyAccess", "setEmergencyPolicy", (record, 0), Signer(world.patient))
    glass, card = (first.address + secrets.token_bytes(12) for _ in range(2))
    yield Deed("EmergencyAccess", "breakGlass", (glass, record, site, _id()), first)
    yield Deed("EmergencyAccess", "widenBreakGlass", (glass,), second)
    yield Deed("EmergencyAccess", "closeBreakGlass", (glass,), first)
    office = Signer(world.privacy.signing)
    yield Deed("EmergencyAccess", "reviewBreakGlass", (glass, 1, _id()), office)
    used = (card, record, site, world.now - 60)
    yield Deed("EmergencyAccess", "recordOfflineCard", used, first)


def _referrals(world: World) -> Iterator[Deed]:
    sender, acceptor = Signer(world.clinic.signing), Signer(world.hospital.signing)
    patient = Signer(world.patient, primary="AgreeReferral")
    closed, returned, cancelled = _id(), _id(), _id()
    parties = (sender.address, acceptor.address, patient.address)
    for id_ in (closed, returned, cancelled):
        sending = (id_, _id(), *parties, world.now // DAY * DAY + 9 * DAY, DAY)
        yield Deed("Referrals", "sendReferral", (sending,), sender, patient)
    yield Deed("Referrals", "acceptReferral", (closed,), acceptor)
    yield Deed("Referrals", "handDown", (closed, _id()), acceptor)
    yield Deed("Referrals", "closeReferral", (closed,), sender)
    yield Deed("Referrals", "returnReferral", (returned, _id()), acceptor)
    yield Deed("Referrals", "cancelReferral", (cancelled,), sender)


def _leaving(world: World) -> Iterator[Deed]:
    record, heir = world.records[0], SigningKey.generate()
    yield Deed("Authority", "rotate", (record, heir.address), Signer(world.patient))
    yield Deed("Authority", "erase", (record,), Signer(heir))


def _id() -> bytes:
    return secrets.token_bytes(32)
