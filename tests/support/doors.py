"""A consortium in memory whose keepers answer on real sockets."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import httpx
from sqlalchemy import func, select

from salus.kernel.documents import text
from salus.kernel.ids import RecordId
from salus.platform.database import PrivateTable
from salus.platform.web import Peer
from salus.rights.custody import messages as m
from salus.rights.custody.api import keeper_app
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import Opened, read
from tests.support.scene import Scene, keeper_of, new_scene
from tests.support.served import Heard, served

DOORS = {"c1": "/custody/shares", "gateway": "/custody/gate"}
TOLD = {"custody_look", "audit_entry", "audit_subject"}
"""What a refusal writes: it is told to the patient, and to nobody else."""


@dataclass(frozen=True, slots=True)
class Doors:
    """A consortium whose keepers answer on sockets."""

    scene: Scene
    urls: dict[str, str]

    def post(self, name: str, path: str, content: bytes) -> Heard:
        return Heard.of(httpx.post(self.urls[name] + path, content=content, trust_env=False))

    def ask(self, name: str, ask: m.Ask) -> Heard:
        return self.post(name, DOORS[name], text(ask))

    def refused(self, name: str, ask: m.Ask) -> Heard:
        """The answer to a request that must change nothing."""
        before = stored(self.scene.keeper(name))
        heard = self.ask(name, ask)

        assert before == stored(self.scene.keeper(name))
        return heard

    def keepers(self, *away: str) -> Keepers:
        """Everybody behind their sockets; nobody listens at those of who is away."""

        def remote(known: RemoteKeeper) -> RemoteKeeper:
            url = "http://127.0.0.1:9" if known.name in away else self.urls[known.name]
            return RemoteKeeper(known.member, Peer.at(known.name, url))

        known = self.scene.keepers
        custodians = tuple(map(remote, known.custodians))
        return replace(known, custodians=custodians, gateway=remote(known.gateway))

    def read(self, record: RecordId, *away: str) -> Opened:
        reader = self.scene.reader(self.scene.grant(record))
        return read(self.scene.node, self.keepers(*away), reader, record, self.scene.units(record))


def stored(keeper: Keeper) -> dict[str, int]:
    """How much a keeper keeps of everything but what it tells of requests."""
    tables = [each for each in PrivateTable.metadata.sorted_tables if each.name not in TOLD]
    names = ("custody", "platform", "audit")
    with keeper.reading() as session:
        return {
            each.name: session.scalar(select(func.count()).select_from(each)) or 0
            for each in tables
            if each.name.startswith(names)
        }


@contextmanager
def open_doors() -> Iterator[Doors]:
    stage = new_scene()
    with ExitStack() as stack:
        urls = {
            each.name: stack.enter_context(served(keeper_app(keeper_of(each))))
            for each in stage.keepers.all()
        }
        yield Doors(stage, urls)
