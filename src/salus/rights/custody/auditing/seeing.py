"""Who may see which part of the audit, and the logs that lie in this home."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.web import PeerFailed, PeerUnreachable
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.audit.accounting import Window
from salus.rights.consent.audit.errors import NotForYou
from salus.rights.custody.auditing.anchoring import ask_head
from salus.rights.custody.auditing.operating import party_of
from salus.rights.custody.auditing.service import (
    Checked,
    Collected,
    Deed,
    Kept,
    check,
    collect,
    deeds,
    own_entries,
)
from salus.rights.custody.household import custody_of, keepers_of, open_store
from salus.rights.custody.peers import RemoteKeeper
from salus.rights.custody.reading import SUBJECT
from salus.rights.identity.charter import charter_of
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles

KEEPING = Roles.CUSTODIAN | Roles.GATEWAY
NODE = "node"  # the log of a node that nobody runs, such as a wallet's


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may see: of one record, or of all where that is None."""

    record: RecordId | None
    kept: tuple[Kept, ...]
    deeds: tuple[Deed, ...]
    silent: tuple[str, ...]
    forked: tuple[str, ...]


def see(node: Node, home: Path, record: RecordId | None, *, by: str, span: Window) -> Seen:
    """As the subject all of one's own record; as a privacy office all that lies in its node.

    Raises WalletMissing, UnknownParty, NotForYou.
    """
    if by != SUBJECT:
        found = _as_office(node, home, record, by)
        return _within(found, record, span, gateway=custody_of(home).gateway)
    if record is None:
        raise NotForYou
    with node.reading() as session:
        key = consent.controller(session, record)
    return see_own(node, home, record, by=key, span=span)


def see_own(node: Node, home: Path, record: RecordId, *, by: SigningKey, span: Window) -> Seen:
    """All of a record, by the key that controls it, which need not lie in this home."""
    found = _as_subject(node, home, record, by)
    return _within(found, record, span, gateway=keepers_of(node, home, record).gateway.name)


def _within(found: Collected, record: RecordId | None, span: Window, *, gateway: str) -> Seen:
    kept = tuple(each for each in found.kept if span.holds(each.entry.at))
    silent, forked = tuple(found.silent), tuple(found.forked)
    return Seen(record, kept, tuple(deeds(kept, gateway=gateway)), silent, forked)


def _as_subject(node: Node, home: Path, record: RecordId, key: SigningKey) -> Collected:
    """What all keepers tell who controls the record, and what this node wrote itself."""
    with node.reading() as session:
        own = list(own_entries(session, _own_name(home), record))
    found = collect(node, keepers_of(node, home, record).all(), record, by=key)
    found.kept += own
    return found


def _as_office(node: Node, home: Path, record: RecordId | None, name: str) -> Collected:
    """The logs of this home; for one record also what keepers elsewhere tell its office."""
    party = of_home(home).party(name)
    if not party.roles & Roles.PRIVACY:
        raise NotForYou
    found = Collected()
    if record is not None:
        found = collect(node, keepers_apart(node, home), record, by=party.signing)
    for log in logs(node, home):
        with log.open() as session:
            found.kept += own_entries(session, log.name, record)
    return found


def keepers_apart(node: Node, home: Path) -> tuple[RemoteKeeper, ...]:
    """Those whose logs lie elsewhere."""
    if not charter_of(home):
        return ()
    here = {log.name for log in logs(node, home)}
    return tuple(each for each in keepers_of(node, home).all() if each.name not in here)


# THE LOGS OF A HOME


@dataclass(frozen=True, slots=True)
class Log:
    """A log that lies here: the node's own, or that of a keeper in its store."""

    name: str
    owner: Address
    node: Node
    home: Path
    is_own: bool

    @contextmanager
    def open(self) -> Iterator[Session]:
        """A session that reads it."""
        if self.is_own:
            with self.node.reading() as session:
                yield session
            return
        store = open_store(self.home, self.name)
        try:
            with store.read() as session:
                yield session
        finally:
            store.close()


def logs(node: Node, home: Path) -> Iterator[Log]:
    """The node's own first, then those of the keepers who live here; a keeper alone has one."""
    party, ring = party_of(home), of_home(home)
    if party is None or not party.roles & KEEPING:
        yield Log(_own_name(home), party.address if party else NOBODY, node, home, is_own=True)
    for name in ring.residents():
        resident = ring.party(name)
        if resident.roles & KEEPING:
            yield Log(name, resident.address, node, home, is_own=False)


def _own_name(home: Path) -> str:
    party = party_of(home)
    return party.name if party else NODE


def verify(node: Node, home: Path) -> tuple[list[Checked], list[str]]:
    """Check the logs of this home, and that those of keepers elsewhere extend what was anchored.

    The names are of keepers that did not answer. Raises AuditForked.
    """
    found = []
    for log in logs(node, home):
        with log.open() as session:
            found.append(check(node, session, log.name, log.owner))
    return found, _silent(node, home)


def _silent(node: Node, home: Path) -> list[str]:
    silent = []
    for keeper in keepers_apart(node, home):
        try:
            ask_head(node, keeper)
        except (PeerFailed, PeerUnreachable):
            silent.append(keeper.name)
    return silent
