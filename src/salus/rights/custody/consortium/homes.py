"""Found a consortium, and give each of its parties a home with its own keys only."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from salus.kernel.clock import Clock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.capability import merged
from salus.platform.database import SqlIndex, migrate, open_memory
from salus.platform.files import private_folder
from salus.platform.ledger import EmbeddedLedger, Ledger
from salus.platform.ledger.served import Served
from salus.platform.node import LEDGER_FILE, RELAYER
from salus.platform.storage import write_secret
from salus.platform.vault import MemoryVault
from salus.platform.work import Node
from salus.rights.custody.consortium.checking import check
from salus.rights.custody.consortium.founders import (
    TRUST,
    Founder,
    chartered,
    founder_of,
    furnish,
    lay_contracts,
    mark,
    publish,
    settle,
)
from salus.rights.custody.consortium.model import LEDGER, Organizations
from salus.rights.custody.errors import HomeNotEmpty
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import CHARTER, Charter

__all__ = ["TRUST", "found_apart", "found_on"]


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
    home = folder / LEDGER
    founders = [founder_of(each, clock) for each in organizations.organizations]
    relayer = SigningKey.generate()
    write_secret(home / RELAYER, relayer.secret())
    ledger = EmbeddedLedger(home / LEDGER_FILE, clock=clock, relayer=relayer)
    with _founded(ledger, founders, clock) as node:
        custody = settle(node, founders, settings)
        charter = chartered(node, organizations.ledger, founders, custody)
        publish(home, node, founders)
    ledger.close()
    mark(home, charter)
    for founder in founders:
        furnish(
            folder / founder.party.name, home, founder, charter, Served((organizations.ledger,))
        )
    return charter


@contextmanager
def _founded(ledger: Ledger, founders: Sequence[Founder], clock: Clock) -> Iterator[Node]:
    """A node in memory on a ledger that has every contract now."""
    contracts = lay_contracts(ledger, founders)
    database = open_memory()
    migrate(database)
    index = SqlIndex(database.write, merged("projections"))
    yield Node(database, ledger, contracts, MemoryVault(), clock, index)
    database.close()


def found_on(
    ledger: Ledger,
    folder: Path,
    organizations: Organizations,
    served: Mapping[str, Served],
    *,
    clock: Clock,
    settings: CustodySettings,
) -> Charter:
    """Found a consortium on a ledger that runs: it has no contract, and its relayer can pay.

    `served`: the nodes that each party asks. The home of a validator is there already and keeps its
    relayers; one that was furnished before is refused, and what breaks off is begun again on a new
    ledger. Raises BadOrganizations, HomeNotEmpty and NotFinal.
    """
    check(organizations, settings)
    founders = [founder_of(each, clock) for each in organizations.organizations]
    homes = {each.party.name: folder / each.party.name for each in founders}
    for home in homes.values():
        if (home / CHARTER).exists():
            raise HomeNotEmpty(home=str(home))
    with TemporaryDirectory(prefix="salus-founding-") as place:
        public = Path(place)
        with _founded(ledger, founders, clock) as node:
            custody = settle(node, founders, settings)
            charter = chartered(node, organizations.ledger, founders, custody)
            publish(public, node, founders)
        for each in founders:
            name = each.party.name
            furnish(homes[name], public, each, charter, served[name])
    return charter
