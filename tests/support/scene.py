"""A whole consortium in memory: real ledger, real keepers, a clock that a test moves."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from salus.kernel.clock import ManualClock, seconds
from salus.kernel.documents import parse, text
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.database import create_all, open_memory
from salus.platform.ledger import deploy
from salus.platform.testing import memory_node
from salus.platform.web import Peer
from salus.platform.work import Node
from salus.rights.consent.service import Granted, controller, find_grant, grant
from salus.rights.custody import messages as m
from salus.rights.custody.api import keeper_app
from salus.rights.custody.auditing.keeping import tell, tell_head
from salus.rights.custody.auditing.messages import AskAudit, AskHead, SignedHead, Told
from salus.rights.custody.erasure.messages import Erase, Erased, Withdraw
from salus.rights.custody.erasure.shredding import erase
from salus.rights.custody.erasure.withdrawing import withdraw
from salus.rights.custody.founding import Consortium, keeper_set, new_consortium, plan, settle
from salus.rights.custody.keeper import Keeper, body, hold, looks
from salus.rights.custody.ledger import CustodyLedger, define_set
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import Reader, as_reader, as_subject, ask_for
from salus.rights.custody.release import release
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Member, Party
from salus.rights.records.service import KnownUnit, find_record, units_of, version_of
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import Desk, announce, finish, known_in, take
from tests.journeys.stage import ALLERGY, PERSON, bundle, observation

Tamper = Callable[[Any], Any]
T = TypeVar("T")


def honest(answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Beside(RemoteKeeper):
    """A keeper of this process, asked as from outside; `tamper` changes what it answers."""

    keeper: Keeper
    tamper: Tamper = honest

    def hold(self, parcel: m.Hold) -> m.Held:
        return self._say(m.Held, hold(self.keeper, parse(m.Hold, text(parcel))))

    def shares(self, ask: m.Ask) -> m.Shares:
        return self._say(m.Shares, release(self.keeper, parse(m.Ask, text(ask))))

    def gate(self, ask: m.Ask) -> m.Gate:
        return self._say(m.Gate, release(self.keeper, parse(m.Ask, text(ask))))

    def looks(self, ask: m.AskLooks) -> m.Looks:
        return self._say(m.Looks, looks(self.keeper, ask))

    def erase(self, asked: Erase) -> Erased:
        return self._say(Erased, erase(self.keeper, parse(Erase, text(asked))))

    def withdraw(self, told: Withdraw) -> None:
        withdraw(self.keeper, parse(Withdraw, text(told)))

    def audit(self, asked: AskAudit) -> Told:
        return self._say(Told, tell(self.keeper, asked))

    def audit_head(self, asked: AskHead) -> SignedHead:
        return self._say(SignedHead, tell_head(self.keeper, asked))

    def body(self, name: bytes, ticket: bytes) -> bytes:
        return bytes(self.tamper(body(self.keeper, name, ticket)))

    def _say(self, kind: type[T], answer: Any) -> T:
        return parse(kind, text(self.tamper(answer)))


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody, and the source at its desk."""

    node: Node
    clock: ManualClock
    consortium: Consortium
    keepers: Keepers
    desk: Desk

    @property
    def clinic(self) -> Party:
        return self.consortium.readers[0]

    @property
    def research(self) -> Party:
        return self.consortium.readers[1]

    @property
    def c1(self) -> Keeper:
        return keeper_of(self.keepers.custodians[0])

    @property
    def gateway(self) -> Keeper:
        return keeper_of(self.keepers.gateway)

    def keeper(self, name: str) -> Keeper:
        return next(keeper_of(each) for each in self.keepers.all() if each.name == name)

    def knows(self, patient: str) -> bool:
        """Whether the source has a record of a patient."""
        with self.node.reading() as session:
            return version_of(session, f"Patient/{patient}") > 0

    def now(self) -> datetime:
        return self.clock.now()

    def take(self, raw: bytes) -> RecordId:
        """Import one document that comes to one record, without finishing it."""
        found = Document(Path("chart.json"), raw).resources()
        with self.node.reading() as session:
            intake = prepare(found, known_in(session, self.desk), lambda _: False)
        (record,) = take(self.desk, intake)
        return record

    def record(self, patient: str | None = None, value: str = "12.0 g/dL") -> RecordId:
        """A small record on the ledger; of a patient who was never here, when none is named."""
        record = self.take(chart(patient or new_patient(), value))
        announce(self.desk)
        return record

    def announce(self) -> None:
        announce(self.desk)

    def finish(self) -> None:
        finish(self.desk)

    def units(self, record: RecordId, *sections: str) -> list[KnownUnit]:
        with self.node.reading() as session:
            return units_of(session, record, sections or ("laboratory",))

    def wallet(self, record: RecordId) -> SigningKey:
        with self.node.reading() as session:
            return controller(session, record)

    def grant(
        self,
        record: RecordId,
        *sections: str,
        reader: Party | None = None,
        lasting: timedelta = timedelta(days=3),
    ) -> Granted:
        given = grant(
            self.node,
            record=record,
            units=[unit.id for unit in self.units(record, *sections)],
            readers=[(reader or self.clinic).address],
            purpose="TREAT",
            until=(self.now() + lasting).replace(microsecond=0),
            by=self.wallet(record),
        )
        self.node.follow()
        return given

    def granted(self, asking: "Asking") -> Granted:
        """The grant of a request, as the index has it now."""
        self.node.follow()
        with self.node.reading() as session:
            return find_grant(session, asking.ask.request.basis_id.hex())

    def reader(self, granted: Granted | None) -> Reader:
        return as_reader(self.clinic, granted)

    def subject(self, record: RecordId) -> Reader:
        return as_subject(self.wallet(record))

    def find(self, text: str) -> RecordId:
        with self.node.reading() as session:
            return find_record(session, text)

    def looks(self, keeper: Keeper, record: RecordId) -> tuple[m.Look, ...]:
        """What one keeper tells the patient."""
        deadline, by = seconds(keeper.clock.now()) + 60, self.wallet(record)
        signature = by.sign(m.looks_digest(keeper.ledger.domain, record, deadline))
        return looks(keeper, m.AskLooks(record, deadline, signature)).looks

    def asking(
        self, record: RecordId | None = None, *, by: Reader | None = None, sections: str = ""
    ) -> "Asking":
        """A request that every keeper permits: by a fresh grant, when no reader is named.

        Without a record it is one that all such requests share.
        """
        record = record or shared()
        reader = by or self.reader(self.grant(record, *sections.split()))
        ask = ask_for(self.node, reader, record, self.units(record, *sections.split()))
        return Asking(self, record, ask, reader.party.signing)

    def with_tampering(self, **tampers: Tamper) -> Keepers:
        """The keepers, some of whom change what they answer."""

        def changed(each: RemoteKeeper) -> RemoteKeeper:
            assert isinstance(each, Beside)
            return replace(each, tamper=tampers.get(each.name, honest))

        custodians = tuple(changed(each) for each in self.keepers.custodians)
        return replace(self.keepers, custodians=custodians, gateway=changed(self.keepers.gateway))


def keeper_of(remote: RemoteKeeper) -> Keeper:
    assert isinstance(remote, Beside)
    return remote.keeper


@cache
def scene() -> Scene:
    """One consortium for each process; every test brings patients of its own."""
    return new_scene()


@cache
def shared() -> RecordId:
    """A record for tests that leave it as it is."""
    return scene().record()


def new_scene() -> Scene:
    consortium, settings = new_consortium(), CustodySettings()
    governors = consortium.governors()
    addresses = [each.address for each in governors]
    node = memory_node(deploy=lambda ledger: deploy(ledger, plan(addresses, 2)))
    assert isinstance(node.clock, ManualClock)
    settle(node, consortium)
    keepers = Keepers(
        secrets.token_bytes(32),
        tuple(beside(node, each, m.Role.CUSTODIAN) for each in consortium.custodians),
        beside(node, consortium.gateway, m.Role.GATEWAY),
        settings.threshold,
        settings.emergency_threshold,
    )
    members = keeper_set(consortium, settings)
    send(node, define_set(node, keepers.id, members, by=consortium.hospital.signing))
    node.follow()
    desk = Desk(node, consortium.hospital, keepers, secrets.token_bytes(32), settings.spare_acks)
    return Scene(node, node.clock, consortium, keepers, desk)


def beside(node: Node, party: Party, role: m.Role) -> Beside:
    public = Member(party.name, party.roles, party.address, party.sealing.public())
    keeper = new_keeper(node, party, role)
    return Beside(public, Peer.inside(party.name, keeper_app(keeper)), keeper)


def new_keeper(node: Node, party: Party, role: m.Role = m.Role.CUSTODIAN) -> Keeper:
    """A party at its post with an empty store."""
    database = open_memory()
    create_all(database)
    ledger, key = CustodyLedger(node), secrets.token_bytes(32)
    return Keeper(party, role, ledger, database, key, node.clock, node.vault, CustodySettings())


"""PATIENTS"""


def new_patient() -> str:
    return f"p{secrets.token_hex(6)}"


def chart(patient: str, value: str = "12.0 g/dL", *, label: str | None = None) -> bytes:
    """A person, an allergy and a laboratory value; names tell patients apart."""
    resources = (PERSON, ALLERGY, observation("o1", value, label=label))
    return bundle(*(of_patient(each, patient) for each in resources))


def of_patient(resource: dict[str, Any], patient: str) -> dict[str, Any]:
    """A resource of the stage's patient `p1`, as that of another."""
    own = json.dumps(resource).replace("Patient/p1", f"Patient/{patient}")
    made: dict[str, Any] = json.loads(own)
    return made | {"id": made["id"].replace("p1", patient)}


"""REQUESTS"""


@dataclass(frozen=True, slots=True)
class Asking:
    """One request that passes, to be changed by a test before it is signed again."""

    scene: Scene
    record: RecordId
    ask: m.Ask
    by: SigningKey = field(repr=False)

    def changed(self, *, signed_by: SigningKey | None = None, **members: Any) -> m.Ask:
        """The request with other members, signed anew with a fresh nonce."""
        fresh = {"nonce": Digest(secrets.token_bytes(32))} | members
        return self.signed(replace(self.ask.request, **fresh), signed_by or self.by)

    def signed(self, request: m.Request, by: SigningKey) -> m.Ask:
        digest = m.request_digest(self.scene.gateway.ledger.domain, request)
        return replace(self.ask, request=request, signature=by.sign(digest))
