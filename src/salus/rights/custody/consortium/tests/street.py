"""The homes of two members, and of whoever comes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from salus.kernel.documents import text
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import private_folder
from salus.platform.ledger.deployment import write
from salus.platform.node import DEPLOYMENT
from salus.platform.web import new_credential, tls_key_hash
from salus.rights.custody.consortium.founders import TRUST, mark
from salus.rights.custody.consortium.introducing import Newcomer, introduce
from salus.rights.custody.consortium.introduction import Introduction, signed
from salus.rights.custody.consortium.welcoming import welcome
from salus.rights.identity.charter import CHARTER, Charter, Custody, Seat, charter_of
from salus.rights.identity.doors import keep_credential
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit
from tests.support.scene import scene

URL, MOVED = "https://127.0.0.1:9120", "https://127.0.0.2:9120"
NODES = tuple(f"http://127.0.0.1:{port}" for port in (8601, 8602, 8603))


class Street:
    """The homes of two members on the ledger of the scene, and of whoever comes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stage = folder, scene()
        consortium = self.stage.consortium
        self.members = (consortium.hospital, consortium.readers[0])
        seats = tuple(map(self.seated, self.members, ("9110", "9111")))
        custody = Custody(Digest(bytes(32)), (), "gateway", 3, 2)
        node = self.stage.node
        genesis = Digest(node.ledger.genesis)
        name = self.members[0].name
        charter = Charter(
            node.ledger.chain_id, genesis, "http://127.0.0.1:8545", name, seats, custody
        )
        for party in self.members:
            home = self.home(party.name)
            private_folder((home / DEPLOYMENT).parent)
            write(home / DEPLOYMENT, node.ledger, node.contracts)
            (home / TRUST).write_bytes(b"{}")
            of_home(home).keep_secret(party)
            mark(home, charter)

    def seated(self, party: Party, port: str) -> Seat:
        made = new_credential(party.name, "127.0.0.1", now=self.stage.now())
        keep_credential(private_folder(self.home(party.name)), made)
        sealing, tls = party.sealing.public(), tls_key_hash(made.certificate)
        url = f"https://127.0.0.1:{port}"
        return Seat(
            party.name, int(party.roles), party.address, sealing, url, tls, made.certificate
        )

    def home(self, name: str) -> Path:
        return self.folder / name

    @property
    def hospital(self) -> Path:
        return self.home(self.members[0].name)

    def introduced(self, name: str = "thrift", url: str = URL, **more: Any) -> Introduction:
        told = Newcomer(name, Roles.READER | Roles.LICENSEE, url, more.pop("nodes", ()))
        asked: dict[str, Any] = {"public": self.hospital, "clock": self.stage.node.clock} | more
        return introduce(self.home(name), told, **asked)

    def admitted(self, name: str = "thrift", roles: Roles = Roles.READER | Roles.LENDER) -> Party:
        """With other roles than it asked for."""
        party = of_home(self.home(name)).party(name)
        governors = self.stage.consortium.governors()[:2]
        admit(self.stage.node, [replace(party, roles=roles)], governors=governors)
        return party

    def come(self, name: str = "thrift", url: str = URL) -> Introduction:
        told = self.introduced(name, url)
        self.admitted(name)
        return told

    def file(self, told: Introduction) -> Path:
        place = self.folder / "introduction.json"
        place.write_bytes(text(told))
        return place

    def welcome(self, told: Introduction, home: Path | None = None) -> Seat:
        return welcome(self.stage.node, home or self.hospital, self.file(told))

    def known(self, home: Path | None = None) -> bytes:
        return ((home or self.hospital) / CHARTER).read_bytes()

    def seat(self, name: str) -> Seat | None:
        charter = charter_of(self.hospital)
        assert charter is not None
        return charter.seat(name)

    def key_of(self, name: str) -> SigningKey:
        return of_home(self.home(name)).party(name).signing

    def said_by(self, key: SigningKey, told: Introduction, **changes: Any) -> Introduction:
        """Signed anew, with something else in it."""
        return signed(told.chain, told.genesis, replace(told.entry, **changes), by=key)
