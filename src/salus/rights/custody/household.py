"""The keepers of a home: in this process, or behind the address they announced."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock

from sqlalchemy import select
from starlette.types import ASGIApp

from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.ids import Address, Digest, RecordId
from salus.platform.database import Database, migrate, open_in
from salus.platform.files import taking_turns, write_atomic
from salus.platform.settings import read
from salus.platform.storage import read_secret, settle
from salus.platform.web import Peer
from salus.platform.work import Node
from salus.rights.custody.api import keeper_app
from salus.rights.custody.errors import KeeperApart
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger, domain_of, is_set, set_by_id, set_of
from salus.rights.custody.messages import Role
from salus.rights.custody.peers import Courier, Keepers, RemoteKeeper
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import Charter, Custody, charter_of
from salus.rights.identity.doors import peer_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party, Roles

SOURCE = "hospital"  # the party of a home that writes records
PEERS = "peers.json"
SET = "custody.json"
STORES = Path("keepers")
_BUILDING = Lock()  # the frameworks behind an application are built one at a time
BRANCHES = ("salus.rights.custody", "salus.rights.consent.audit")


def keepers_of(node: Node, home: Path, record: RecordId | None = None) -> Keepers:
    """The custodians and the gateway of a record; without one, those that new records get.

    Raises UnknownParty where a keeper is not known in this home.
    """
    custody = custody_of(home)
    set_id = set_of(node, record) if record is not None else custody.id
    if set_id in {custody.id, bytes(32)}:
        return _keepers(node, home, custody)
    return keepers_in(node, home, set_id)


def all_keepers(node: Node, home: Path) -> tuple[RemoteKeeper, ...]:
    """Everybody who keeps keys of this home's records, each once."""
    with node.reading() as session:
        moved = [Digest(set_id) for set_id in session.scalars(select(Resharing.set).distinct())]
    on_ledger = [set_id for set_id in moved if is_set(node, set_id)]
    sets = [keepers_of(node, home), *(keepers_in(node, home, set_id) for set_id in on_ledger)]
    found = {keeper.name: keeper for each in sets for keeper in each.all()}
    return tuple(found.values())


def keepers_in(node: Node, home: Path, set_id: bytes) -> Keepers:
    """The custodians and the gateway of a set on the ledger. Raises UnknownParty."""
    found, ring = set_by_id(node, set_id), of_home(home)
    names = {member.address: member.name for member in ring.members()}

    def name(address: Address) -> str:
        if address not in names:
            raise UnknownParty(name=to_hex(address))
        return names[address]

    custodians = tuple(map(name, found.custodians))
    custody = Custody(Digest(set_id), custodians, name(found.gateway), found.k, found.k_emergency)
    return _keepers(node, home, custody)


def _keepers(node: Node, home: Path, custody: Custody) -> Keepers:
    charter = charter_of(home)
    remote = _apart(charter) if charter else _here(node, home)
    gateway = remote(custody.gateway)
    return Keepers(
        custody.id,
        tuple(map(remote, custody.custodians)),
        gateway,
        custody.k,
        custody.k_emergency,
        _courier(node, home, gateway) if charter else None,
    )


def custody_of(home: Path) -> Custody:
    """The set that new records get: as the charter says, or as it was founded with the home."""
    if charter := charter_of(home):
        return charter.custody
    known = json.loads((home / SET).read_bytes())
    names, gateway = tuple(known["custodians"]), known["gateway"]
    set_id = Digest(from_hex(known["set"], 32))
    return Custody(set_id, names, gateway, known["k"], known["k_emergency"])


def source_of(home: Path) -> Party:
    """The party that writes records. Raises UnknownParty where it does not live here."""
    charter = charter_of(home)
    return of_home(home).party(charter.source if charter else SOURCE)


def resident_of(home: Path) -> str | None:
    """The only party of a home that has one; None where several live."""
    residents = of_home(home).residents()
    return residents[0] if len(residents) == 1 else None


def _apart(charter: Charter) -> Callable[[str], RemoteKeeper]:
    """A keeper in a home of its own, behind the door that the charter names."""

    def remote(name: str) -> RemoteKeeper:
        seat = charter.seat(name)
        if seat is None:
            raise UnknownParty(name=name[:40])
        return RemoteKeeper(seat.member(), peer_of(seat))

    return remote


def _courier(node: Node, home: Path, gateway: RemoteKeeper) -> Courier | None:
    """What brings bodies to a gateway with a vault of its own; only a source has any to bring."""
    try:
        return Courier(gateway, domain_of(node), source_of(home).signing)
    except UnknownParty:
        return None


def _here(node: Node, home: Path) -> Callable[[str], RemoteKeeper]:
    """A keeper of this home: behind the address it announced, or in this process."""
    addresses = peers(home)
    members = {member.name: member for member in of_home(home).members()}

    def remote(name: str) -> RemoteKeeper:
        member = members[name]
        url = addresses.get(member.name)
        peer = (
            Peer.at(member.name, url)
            if url
            else Peer.inside(member.name, _app_on_demand(node, home, member.name))
        )
        return RemoteKeeper(member, peer)

    return remote


def _app_on_demand(node: Node, home: Path, name: str) -> ASGIApp:
    """A keeper of this process, opened when it is asked for the first time."""

    @cache
    def app() -> ASGIApp:
        with _BUILDING:
            return keeper_app(keeper(node, home, name))

    async def answer(scope: object, receive: object, send: object) -> None:
        await app()(scope, receive, send)  # type: ignore[arg-type]

    return answer


def keeper(node: Node, home: Path, name: str) -> Keeper:
    """One custodian or the gateway, on its own store and keys."""
    party = of_home(home).party(name)
    return Keeper(
        party,
        Role.GATEWAY if party.roles & Roles.GATEWAY else Role.CUSTODIAN,
        CustodyLedger(node),
        open_store(home, name),
        read_secret(store_key(home, name)),
        node.clock,
        node.vault,
        read(CustodySettings),
        present_key=lambda: read_secret(store_key(home, name)),
    )


def store_key(home: Path, name: str) -> Path:
    return home / STORES / name / "storage.key"


def open_store(home: Path, name: str) -> Database:
    """What one keeper keeps, apart from everybody else's."""
    database = open_in(home, STORES / name / "store.db")
    migrate(database, BRANCHES)
    settle(database, store_key(home, name))
    return database


def peers(home: Path) -> dict[str, str]:
    """The addresses of keepers that run in processes of their own."""
    place = home / PEERS
    return dict(json.loads(place.read_bytes())) if place.exists() else {}


def announce_peer(home: Path, name: str, url: str | None) -> None:
    """Say where a keeper answers; None takes it back into the process of each command.

    In a consortium the charter says so. Raises KeeperApart when it is to be taken back there.
    """
    if charter_of(home):
        if url is None:
            raise KeeperApart(name=name)
        return
    with taking_turns(home / f"{PEERS}.lock"):
        known = {other: address for other, address in peers(home).items() if other != name}
        if url is not None:
            known[name] = url
        write_atomic(home / PEERS, json.dumps(known, indent=2).encode())


def inside(home: Path) -> list[str]:
    """The keepers that run in this process, so that custody is not independent of it."""
    if charter_of(home):
        return []
    apart, stores = peers(home), home / STORES
    return [place.name for place in sorted(stores.iterdir()) if place.name not in apart]
