"""Found a consortium, and give each of its parties a home with its own keys only."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, rmtree
from urllib.parse import urlsplit

from salus.kernel.clock import Clock
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import merged
from salus.platform.database import SqlIndex, migrate, open_memory
from salus.platform.files import Home, private_folder, write_atomic
from salus.platform.ledger import EmbeddedLedger, deploy
from salus.platform.ledger.deployment import write
from salus.platform.node import (
    DEPLOYMENT,
    LEDGER_FILE,
    RELAYER,
    STORAGE_KEY,
    announce_ledger,
)
from salus.platform.storage import write_secret
from salus.platform.vault import MemoryVault
from salus.platform.web import Credential, new_credential, tls_key_hash
from salus.platform.work import Node
from salus.rights.custody.consortium.checking import check
from salus.rights.custody.consortium.model import (
    KEEPER,
    LEDGER,
    Organization,
    Organizations,
)
from salus.rights.custody.errors import HomeNotEmpty
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


def found_apart(
    out: Path, organizations: Organizations, *, clock: Clock, settings: CustodySettings
) -> Charter:
    """Make a folder with a home for each party and one for the ledger: all of it or nothing.

    Raises BadOrganizations and HomeNotEmpty.
    """
    check(organizations, settings)
    if out.exists() and any(out.iterdir()):
        raise HomeNotEmpty(home=str(out))
    private_folder(out.parent)
    draft = private_folder(out.with_name(f".{out.name}.{secrets.token_hex(4)}"))
    try:
        charter = _build(draft, organizations, clock, settings)
        draft.replace(out)
    except BaseException:
        rmtree(draft, ignore_errors=True)
        raise
    return charter


def _build(
    folder: Path, organizations: Organizations, clock: Clock, settings: CustodySettings
) -> Charter:
    ledger = folder / LEDGER
    founders = [_founder(each, clock) for each in organizations.organizations]
    with _ledger(ledger, founders, clock) as node:
        custody = _settle(node, founders, settings)
        charter = _charter(node, organizations.ledger, founders, custody)
        write_atomic(ledger / TRUST, _trust(node, founders))
    _mark(ledger, charter)
    for founder in founders:
        _furnish(folder / founder.party.name, ledger, founder, charter)
    return charter


def _founder(organization: Organization, clock: Clock) -> Founder:
    host = urlsplit(organization.url).hostname or ""
    return Founder(
        new_party(organization.name, organization.bits()),
        new_credential(organization.name, host, now=clock.now()),
        organization.url,
    )


@contextmanager
def _ledger(home: Path, founders: Sequence[Founder], clock: Clock) -> Iterator[Node]:
    """A new chain with every contract, in the home of whoever will serve it."""
    relayer = SigningKey.generate()
    write_secret(home / RELAYER, relayer.secret())
    ledger = EmbeddedLedger(home / LEDGER_FILE, clock=clock, relayer=relayer)
    governors = [each.party.address for each in _governors(founders)]
    contracts = deploy(ledger, plan(governors, min(GOVERNORS, len(governors))))
    write(home / DEPLOYMENT, ledger, contracts)
    database = open_memory()
    migrate(database)
    index = SqlIndex(database.write, merged("projections"))
    yield Node(database, ledger, contracts, MemoryVault(), clock, index)
    database.close()
    ledger.close()


def _governors(founders: Sequence[Founder]) -> list[Founder]:
    """Those who write and read decide who belongs to it; who keeps keys for them does not."""
    return [each for each in founders if not each.has(KEEPER)]


def _settle(node: Node, founders: Sequence[Founder], settings: CustodySettings) -> Custody:
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


def _charter(node: Node, url: str, founders: Sequence[Founder], custody: Custody) -> Charter:
    return Charter(
        chain=node.ledger.chain_id,
        genesis=Digest(node.ledger.genesis),
        ledger=url,
        source=_only(founders, Roles.SOURCE).name,
        seats=tuple(each.seat() for each in founders),
        custody=custody,
    )


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


def _furnish(home: Path, ledger: Path, founder: Founder, charter: Charter) -> None:
    """A home with the secrets of one party, and what is public."""
    write_secret(home / RELAYER, SigningKey.generate().secret())
    write_secret(home / STORAGE_KEY, secrets.token_bytes(32))
    for public in (DEPLOYMENT, TRUST):
        copyfile(ledger / public, home / public)
    announce_ledger(home, charter.ledger)
    of_home(home).keep_secret(founder.party)
    keep_credential(home, founder.credential)
    if founder.has(KEEPER):
        write_secret(store_key(home, founder.party.name), secrets.token_bytes(32))
        open_store(home, founder.party.name).close()
    _mark(home, charter)


def _mark(home: Path, charter: Charter) -> None:
    write_atomic(home / CHARTER, text(charter) + b"\n")
    Home.mark(home, chain=charter.chain, genesis=charter.genesis)
