"""A new home: a chain, its contracts, and a small consortium that lives in one folder."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path

from salus.kernel.clock import Clock, seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY, Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import discover, load, merged
from salus.platform.database import SqlIndex, claim, migrate, open_in
from salus.platform.files import Home, private_folder, refuse_home, write_atomic
from salus.platform.ledger import Deploy, EmbeddedLedger, deploy
from salus.platform.ledger.deployment import write
from salus.platform.node import (
    DATABASE,
    DEPLOYMENT,
    LEDGER_FILE,
    RELAYER,
    STORAGE_KEY,
    VAULT,
)
from salus.platform.storage import write_secret
from salus.platform.vault import FolderVault
from salus.platform.work import Node
from salus.rights.consent.conditions import approve_conditions
from salus.rights.consent.licensing.attributes import Attributes, attributes_word
from salus.rights.consent.licensing.model import Region
from salus.rights.custody.errors import HomeNotEmpty
from salus.rights.custody.household import SET, SOURCE, open_store, store_key
from salus.rights.custody.ledger import KeeperSet, define_set
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import (
    add_acting_key,
    admit,
    link,
    name_platform,
    new_party,
)

CUSTODIANS = ("c1", "c2", "c3", "c4", "c5")
CLINICIANS = ("medic1", "medic2")
LICENSEES = ("acme", "institute", "insurer")
CLINIC = Roles.READER | Roles.HOSPITAL | Roles.EMERGENCY
LICENSEE = Roles.READER | Roles.LICENSEE
ETHICS_FOR = timedelta(days=730)  # after which the approvals of a new home must be renewed
_RIGHTS = "salus.rights"


def plan(governors: list[Address], threshold: int) -> list[Deploy]:
    """Every contract in the order of what it needs; those of the services come last.

    RecordRegistry looks ahead: it asks CustodyRegistry who signed, lets RevenueRouter settle, and
    is moved by LicenseBook and LoanBook. So does Authority, which tells LicensingPolicy who erased.
    """
    services = (load(each.deploys) for each in discover() if each.deploys is not None)
    return [
        Deploy(f"{_RIGHTS}.identity", "Organizations", lambda _: [governors, threshold]),
        *_records(),
        *_consent(),
        *_revenue(),
        *_custody(),
        *chain.from_iterable(services),
    ]


def _records() -> list[Deploy]:
    return [
        Deploy(f"{_RIGHTS}.notary", "Anchors", lambda at: [at["Organizations"]]),
        Deploy(
            f"{_RIGHTS}.records",
            "RecordRegistry",
            lambda at: [
                at["Organizations"],
                at["CustodyRegistry"],
                *(at.get(each, NOBODY) for each in ("RevenueRouter", "LicenseBook", "LoanBook")),
            ],
        ),
    ]


def _consent() -> list[Deploy]:
    return [
        Deploy(f"{_RIGHTS}.consent", "Authority", lambda at: [at["LicensingPolicy"]]),
        Deploy(f"{_RIGHTS}.consent", "LicensingPolicy", lambda at: [at["Authority"]]),
        Deploy(
            f"{_RIGHTS}.consent",
            "ConsentRegistry",
            lambda at: [at["Organizations"], at["Authority"], at["RecordRegistry"]],
        ),
        Deploy(f"{_RIGHTS}.consent", "OrganizationActive", lambda at: [at["Organizations"]]),
        Deploy(f"{_RIGHTS}.consent", "GuardiansAgreed", lambda at: [at["Authority"]]),
        Deploy(f"{_RIGHTS}.consent", "KeysUnchanged", lambda at: [at["RecordRegistry"]]),
        Deploy(
            f"{_RIGHTS}.consent",
            "EmergencyAccess",
            lambda at: [at["Organizations"], at["Authority"]],
        ),
    ]


def _revenue() -> list[Deploy]:
    return [
        Deploy(f"{_RIGHTS}.revenue", "SettlementToken", lambda at: [at["Organizations"]]),
        Deploy(
            f"{_RIGHTS}.revenue",
            "RevenueRouter",
            lambda at: [
                at["SettlementToken"],
                at["Organizations"],
                at["LicensingPolicy"],
                at["RecordRegistry"],
                *(at.get(each, NOBODY) for each in ("LicenseBook", "LoanBook")),
            ],
        ),
    ]


def _custody() -> list[Deploy]:
    return [
        Deploy(
            f"{_RIGHTS}.custody",
            "CustodyRegistry",
            lambda at: [
                at["Organizations"],
                at["RecordRegistry"],
                at["Authority"],
                at["ConsentRegistry"],
            ],
        ),
    ]


@dataclass(frozen=True, slots=True)
class Consortium:
    """Who lives in a new home. `licensees` are a company, a research institute and an insurer; with
    the research group that reads there are the four whom a value takes.
    """

    hospital: Party
    readers: tuple[Party, ...]
    custodians: tuple[Party, ...]
    gateway: Party
    privacy: Party
    clinicians: tuple[Party, ...]
    licensees: tuple[Party, ...]
    bank: Party
    platform: Party

    def all(self) -> tuple[Party, ...]:
        """The organizations; a clinician is a key of the clinic."""
        keepers = (*self.custodians, self.gateway, self.privacy)
        return (self.hospital, *self.readers, *keepers, *self.market())

    def market(self) -> tuple[Party, ...]:
        """Who buys, who lends, and who issues the money."""
        return (*self.licensees, self.bank, self.platform)

    def governors(self) -> tuple[Party, ...]:
        return (self.hospital, *self.readers)


def new_consortium() -> Consortium:
    return Consortium(
        new_party(SOURCE, Roles.SOURCE | Roles.HOSPITAL | Roles.READER),
        (new_party("clinic", CLINIC), new_party("research", LICENSEE)),
        tuple(new_party(name, Roles.CUSTODIAN) for name in CUSTODIANS),
        new_party("gateway", Roles.GATEWAY),
        new_party("privacy", Roles.PRIVACY),
        tuple(new_party(name, Roles(0)) for name in CLINICIANS),
        tuple(new_party(name, LICENSEE) for name in LICENSEES),
        new_party("bank", Roles.LENDER),
        new_party("platform", Roles(0)),
    )


def settle(node: Node, consortium: Consortium) -> None:
    """Admit everybody; two clinicians act for the clinic, and an office looks after both houses."""
    governors, clinic = consortium.governors()[:2], consortium.readers[0]
    attested = _attested(consortium, seconds(node.clock.now() + ETHICS_FOR))
    admit(node, consortium.all(), governors=governors, attributes=attested)
    name_platform(node, consortium.platform.address, governors=governors)
    approve_conditions(node, by=governors[0].signing)
    for house in (consortium.hospital, clinic):
        link(node, house.address, consortium.privacy.address, governors=governors)
    for clinician in consortium.clinicians:
        add_acting_key(node, clinic, clinician.signing)


def _attested(consortium: Consortium, ethics_until: int) -> dict[Address, bytes]:
    """What the governors attest: two research groups with an ethics board, two companies."""
    group = attributes_word(Attributes(Region.EU, is_non_profit=True, ethics_until=ethics_until))
    company = attributes_word(Attributes(Region.US, is_non_profit=False, ethics_until=0))
    acme, institute, insurer = consortium.licensees
    _, research = consortium.readers
    groups, companies = (institute, research), (acme, insurer)
    words = [(each, group) for each in groups] + [(each, company) for each in companies]
    return {each.address: word.to_bytes(32, "big") for each, word in words}


def found(path: Path, *, clock: Clock, settings: CustodySettings) -> Consortium:
    """Make a home, built beside its place and moved there whole.

    Raises HomeExists and HomeNotEmpty.
    """
    refuse_home(path)
    if path.exists() and any(path.iterdir()):
        raise HomeNotEmpty(home=str(path))
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    consortium = new_consortium()
    _build(private_folder(draft), consortium, clock, settings)
    draft.replace(path)
    return consortium


def _build(home: Path, consortium: Consortium, clock: Clock, settings: CustodySettings) -> None:
    relayer = SigningKey.generate()
    write_secret(home / RELAYER, relayer.secret())
    write_secret(home / STORAGE_KEY, secrets.token_bytes(32))
    ledger = EmbeddedLedger(home / LEDGER_FILE, clock=clock, relayer=relayer)
    governors = consortium.governors()
    contracts = deploy(ledger, plan([each.address for each in governors], 2))
    write(home / DEPLOYMENT, ledger, contracts)
    claim(home)
    database = open_in(home, DATABASE)
    migrate(database)
    index = SqlIndex(database.write, merged("projections"))
    node = Node(database, ledger, contracts, FolderVault(home / VAULT), clock, index)
    settle(node, consortium)
    _define_keepers(node, home, consortium, settings)
    node.follow()
    for party in (*consortium.all(), *consortium.clinicians):
        of_home(home).save(party)
    Home.mark(home, chain=ledger.chain_id, genesis=ledger.genesis)
    database.close()
    ledger.close()


def keeper_set(consortium: Consortium, settings: CustodySettings) -> KeeperSet:
    """The only set of a new home."""
    return KeeperSet(
        tuple(each.address for each in consortium.custodians),
        consortium.gateway.address,
        settings.threshold,
        min(settings.emergency_threshold, settings.threshold),
    )


def _define_keepers(
    node: Node, home: Path, consortium: Consortium, settings: CustodySettings
) -> None:
    set_id = secrets.token_bytes(32)
    keepers = keeper_set(consortium, settings)
    send(node, define_set(node, set_id, keepers, by=consortium.hospital.signing))
    for party in (*consortium.custodians, consortium.gateway):
        write_secret(store_key(home, party.name), secrets.token_bytes(32))
        open_store(home, party.name).close()
    known = {
        "set": to_hex(set_id),
        "custodians": [each.name for each in consortium.custodians],
        "gateway": consortium.gateway.name,
        "k": keepers.k,
        "k_emergency": keepers.k_emergency,
    }
    write_atomic(home / SET, json.dumps(known, indent=2).encode())
