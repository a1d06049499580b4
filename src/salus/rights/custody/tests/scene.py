"""A consortium in memory with one sealed record, made once for a test module."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from salus.kernel.clock import ManualClock
from salus.kernel.ids import Digest, RecordId
from salus.platform.database import Database, create_all, open_memory
from salus.platform.ledger import Contracts, Ledger, deploy
from salus.platform.testing import memory_node
from salus.platform.web import Peer
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.service import Granted
from salus.rights.custody import messages as m
from salus.rights.custody.api import keeper_app
from salus.rights.custody.founding import Consortium, new_consortium, plan
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger, define_set
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import as_reader, ask_for
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Member, Party
from salus.rights.identity.service import admit
from salus.rights.records import service as records

NOT_YET = RecordId(0)


def store() -> Database:
    database = open_memory()
    create_all(database)
    return database


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody at their post; `record` has the sections of a made-up patient."""

    node: Node
    consortium: Consortium
    posts: dict[str, Keeper]
    keepers: Keepers
    record: RecordId = NOT_YET

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.node.clock, ManualClock)
        return self.node.clock

    @property
    def clinic(self) -> Party:
        return self.consortium.readers[0]

    @property
    def research(self) -> Party:
        return self.consortium.readers[1]

    def units(self, section: str = "laboratory") -> list[records.KnownUnit]:
        with self.node.reading() as session:
            return records.units_of(session, self.record, [section])

    def grant(self, **changes: Any) -> Granted:
        """The clinic may read the laboratory for ten days, unless `changes` say otherwise."""
        with self.node.reading() as session:
            key = consent.controller(session, self.record)
        terms: dict[str, Any] = {
            "record": self.record,
            "units": [unit.id for unit in self.units()],
            "readers": [self.clinic.address],
            "purpose": "TREAT",
            "until": self.clock.now() + timedelta(days=10),
            "by": key,
        }
        granted = consent.grant(self.node, **terms | changes)
        self.node.follow()
        return granted

    def revoke(self, granted: Granted) -> None:
        with self.node.reading() as session:
            key = consent.controller(session, self.record)
        consent.revoke(self.node, granted, by=key)

    def ask(self, granted: Granted | None, *, party: Party | None = None) -> m.Ask:
        reader = as_reader(party or self.clinic, granted)
        return ask_for(self.node, reader, self.record, self.units())

    def signed(self, ask: m.Ask, *, by: Party | None = None, **request: Any) -> m.Ask:
        """The same request with other members, signed again."""
        changed = replace(ask.request, **request)
        domain = next(iter(self.posts.values())).ledger.domain
        signature = (by or self.clinic).signing.sign(m.request_digest(domain, changed))
        return replace(ask, request=changed, signature=signature)

    def nonce(self) -> Digest:
        return Digest(secrets.token_bytes(32))


def founded() -> Scene:
    consortium = new_consortium()
    governors = consortium.governors()

    def contracts(ledger: Ledger) -> Contracts:
        return deploy(ledger, plan([each.address for each in governors], 2))

    node = memory_node(deploy=contracts)
    admit(node, consortium.all(), governors=governors[:2])
    set_id = secrets.token_bytes(32)
    custodians = [each.address for each in consortium.custodians]
    by = consortium.hospital.signing
    send(node, define_set(node, set_id, custodians, consortium.gateway.address, 3, by=by))
    posts = {
        party.name: _keeper(node, party, role)
        for role, parties in (
            (m.Role.CUSTODIAN, consortium.custodians),
            (m.Role.GATEWAY, (consortium.gateway,)),
        )
        for party in parties
    }
    remote = {name: _remote(post) for name, post in posts.items()}
    inside = tuple(remote[each.name] for each in consortium.custodians)
    keepers = Keepers(set_id, inside, remote[consortium.gateway.name], 3)
    node.follow()
    return Scene(node, consortium, posts, keepers)


def _keeper(node: Node, party: Party, role: m.Role) -> Keeper:
    return Keeper(
        party,
        role,
        CustodyLedger(node),
        store(),
        secrets.token_bytes(32),
        node.clock,
        node.vault,
        CustodySettings(),
    )


def _remote(post: Keeper) -> RemoteKeeper:
    party = post.party
    member = Member(party.name, party.roles, party.address, party.sealing.public())
    return RemoteKeeper(member, Peer.inside(party.name, keeper_app(post)))
