"""The parties of a consortium at the moment in which they are made, and what each is given."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

from salus.kernel.clock import Clock
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.platform.files import Home, private_folder, write_atomic
from salus.platform.ledger import Contracts, Ledger, deploy
from salus.platform.ledger.deployment import write
from salus.platform.ledger.served import Served
from salus.platform.node import DEPLOYMENT, STORAGE_KEY, add_relayers, announce_network
from salus.platform.storage import write_secret
from salus.platform.web import Credential, new_credential, tls_key_hash
from salus.platform.work import Node
from salus.rights.custody.consortium.model import KEEPER, Organization
from salus.rights.custody.founding import plan
from salus.rights.custody.household import open_store, store_key
from salus.rights.custody.ledger import KeeperSet, define_set
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import CHARTER, Charter, Custody, Seat
from salus.rights.identity.doors import keep_credential
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party

GOVERNORS = 2  # who must agree, where there are so many
TRUST = "trust.json"  # what `salus verify --trust` takes


@dataclass(frozen=True, slots=True)
class Founder:
    """A party at the moment in which it is made: its keys, its certificate, its address."""

    party: Party
    credential: Credential
    url: str

    def has(self, role: Roles) -> bool:
        return bool(self.party.roles & role)

    def seat(self) -> Seat:
        party, certificate = self.party, self.credential.certificate
        return Seat(
            party.name,
            int(party.roles),
            party.address,
            party.sealing.public(),
            self.url,
            tls_key_hash(certificate),
            certificate,
        )


def founder_of(organization: Organization, clock: Clock) -> Founder:
    host = urlsplit(organization.url).hostname or ""
    return Founder(
        new_party(organization.name, organization.bits()),
        new_credential(organization.name, host, now=clock.now()),
        organization.url,
    )


def lay_contracts(ledger: Ledger, founders: Sequence[Founder]) -> Contracts:
    """Every contract, on a ledger that has none. Raises NotFinal."""
    governors: list[Address] = [each.party.address for each in _governors(founders)]
    return deploy(ledger, plan(governors, min(GOVERNORS, len(governors))))


def _governors(founders: Sequence[Founder]) -> list[Founder]:
    """Those who write and read decide who belongs to it; who keeps keys for them does not."""
    return [each for each in founders if not each.has(KEEPER)]


def settle(node: Node, founders: Sequence[Founder], settings: CustodySettings) -> Custody:
    """Admit everybody, and define the set of the keepers."""
    governors = [each.party for each in _governors(founders)][:GOVERNORS]
    admit(node, [each.party for each in founders], governors=governors)
    custodians = [each.party for each in founders if each.has(Roles.CUSTODIAN)]
    gateway = _only(founders, Roles.GATEWAY)
    emergency = min(settings.emergency_threshold, settings.threshold)
    set_id = Digest(secrets.token_bytes(32))
    members = KeeperSet(
        tuple(each.address for each in custodians), gateway.address, settings.threshold, emergency
    )
    by = _only(founders, Roles.SOURCE).signing
    send(node, define_set(node, set_id, members, by=by))
    names = tuple(each.name for each in custodians)
    return Custody(set_id, names, gateway.name, settings.threshold, emergency)


def _only(founders: Sequence[Founder], role: Roles) -> Party:
    return next(each.party for each in founders if each.has(role))


def chartered(node: Node, url: str, founders: Sequence[Founder], custody: Custody) -> Charter:
    return Charter(
        chain=node.ledger.chain_id,
        genesis=Digest(node.ledger.genesis),
        ledger=url,
        source=_only(founders, Roles.SOURCE).name,
        seats=tuple(each.seat() for each in founders),
        custody=custody,
    )


def publish(folder: Path, node: Node, founders: Sequence[Founder]) -> None:
    """Write what every home is given: where the contracts are, and whose checkpoints count."""
    private_folder((folder / DEPLOYMENT).parent)
    write(folder / DEPLOYMENT, node.ledger, node.contracts)
    write_atomic(folder / TRUST, _trust(node, founders))


def _trust(node: Node, founders: Sequence[Founder]) -> bytes:
    """Checkpoints count with the signatures of those whose nodes see the whole log."""
    nodes = [to_hex(each.party.address) for each in _governors(founders)]
    content = {
        "chain": node.ledger.chain_id,
        "contract": to_hex(node.contracts["Anchors"].address),
        "custody": to_hex(node.contracts["CustodyRegistry"].address),
        "nodes": nodes,
        "quorum": min(GOVERNORS, len(nodes)),
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def furnish(home: Path, public: Path, founder: Founder, charter: Charter, served: Served) -> None:
    """A home with the secrets of one party, and what is public; a relayer that is there stays."""
    add_relayers(home, 1)
    write_secret(home / STORAGE_KEY, secrets.token_bytes(32))
    for each in (DEPLOYMENT, TRUST):
        copyfile(public / each, home / each)
    announce_network(home, served)
    of_home(home).keep_secret(founder.party)
    keep_credential(home, founder.credential)
    if founder.has(KEEPER):
        write_secret(store_key(home, founder.party.name), secrets.token_bytes(32))
        open_store(home, founder.party.name).close()
    mark(home, charter)


def mark(home: Path, charter: Charter) -> None:
    write_atomic(home / CHARTER, text(charter) + b"\n")
    Home.mark(home, chain=charter.chain, genesis=charter.genesis)
