"""The keepers of a home: in this process, or behind the address they announced."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock

from starlette.types import ASGIApp

from salus.kernel.encoding import from_hex
from salus.platform.database import Database, migrate, open_database
from salus.platform.files import taking_turns, write_atomic
from salus.platform.node import read_secret
from salus.platform.settings import read
from salus.platform.web import Peer
from salus.platform.work import Node
from salus.rights.custody.api import keeper_app
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger
from salus.rights.custody.messages import Role
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Member, Roles

SOURCE = "hospital"  # the party of a home that writes records
PEERS = "peers.json"
SET = "custody.json"
STORES = Path("keepers")
_BUILDING = Lock()  # the frameworks behind an application are built one at a time
BRANCHES = ("salus.rights.custody",)


def keepers_of(node: Node, home: Path) -> Keepers:
    """The custodians and the gateway that this home deals to and reads from."""
    known = json.loads((home / SET).read_bytes())
    remote = _remote(node, home)
    members = {member.name: member for member in of_home(home).members()}
    return Keepers(
        from_hex(known["set"], 32),
        tuple(remote(members[name]) for name in known["custodians"]),
        remote(members[known["gateway"]]),
        known["k"],
        known["k_emergency"],
    )


def _remote(node: Node, home: Path) -> Callable[[Member], RemoteKeeper]:
    addresses = peers(home)

    def remote(member: Member) -> RemoteKeeper:
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
    )


def store_key(home: Path, name: str) -> Path:
    return home / STORES / name / "storage.key"


def open_store(home: Path, name: str) -> Database:
    """What one keeper keeps, apart from everybody else's."""
    database = open_database(home / STORES / name / "store.db")
    migrate(database, BRANCHES)
    return database


def peers(home: Path) -> dict[str, str]:
    """The addresses of keepers that run in processes of their own."""
    place = home / PEERS
    return dict(json.loads(place.read_bytes())) if place.exists() else {}


def announce_peer(home: Path, name: str, url: str | None) -> None:
    """Say where a keeper answers; None takes it back into the process of each command."""
    with taking_turns(home / f"{PEERS}.lock"):
        known = {other: address for other, address in peers(home).items() if other != name}
        if url is not None:
            known[name] = url
        write_atomic(home / PEERS, json.dumps(known, indent=2).encode())


def inside(home: Path) -> list[str]:
    """The keepers that run in this process, so that custody is not independent of it."""
    known = json.loads((home / SET).read_bytes())
    apart = peers(home)
    return [name for name in (*known["custodians"], known["gateway"]) if name not in apart]
