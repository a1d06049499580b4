"""Gathering the audit of a record from everybody who keeps a part of it, and checking it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, RecordId
from salus.kernel.merkle import Frontier, verify_inclusion
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.consent.audit.model import Entry, Fault, Line, Outcome, leaf_of
from salus.rights.consent.audit.service import Head, leaves, lines, verify
from salus.rights.custody.auditing.anchoring import check_head, heads, last_head
from salus.rights.custody.auditing.messages import (
    MOST,
    AskAudit,
    Shown,
    SignedHead,
    audit_digest,
)
from salus.rights.custody.auditing.noting import OPEN
from salus.rights.custody.errors import AuditForked
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import RemoteKeeper, ask_all
from salus.rights.notary import service as notary
from salus.rights.notary.errors import NotAnchored
from salus.rights.notary.model import audit_leaf

WAIT = timedelta(minutes=4)
MOST_PAGES = 4_096  # of one keeper: a million lines of one record


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry, and in whose log it stands."""

    log: str
    entry: Entry


@dataclass(slots=True)
class Collected:
    """What was found: entries, keepers that did not answer, and those whose log is not sound."""

    kept: list[Kept] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    forked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deed:
    """One request as everybody who wrote of it saw it; the gateway's word goes first.

    Without the gateway nothing opens, so its outcome is that of the request.
    """

    entry: Entry
    logs: tuple[str, ...]
    is_disclosed: bool


# GATHERING


def collect(
    node: Node, keepers: Sequence[RemoteKeeper], record: RecordId, *, by: SigningKey
) -> Collected:
    """Ask every keeper for the lines of a record, and check that each is in its log."""
    found = Collected()
    answers, errors = ask_all(keepers, lambda keeper: _all_of(node, keeper, record, by))
    for keeper in keepers:
        if keeper.name in answers:
            found.kept += [Kept(keeper.name, line.entry()) for line in answers[keeper.name]]
    found.forked = sorted(name for name, each in errors.items() if isinstance(each, AuditForked))
    found.silent = sorted(errors.keys() - set(found.forked))
    return found


def _all_of(node: Node, keeper: RemoteKeeper, record: RecordId, by: SigningKey) -> list[Line]:
    """Raises AuditForked where a line does not belong to the head that its keeper signed."""
    with node.reading() as session:
        known = last_head(session, keeper.member.address).head
    found: list[Line] = []
    for _ in range(MOST_PAGES):
        told = keeper.audit(_question(node, record, _end(found), known, by))
        check_head(node, keeper, told.head, known)
        if not all(_is_in(told.head, shown) for shown in told.lines):
            raise AuditForked(name=keeper.name, size=known.size)
        found += [shown.line for shown in told.lines]
        if len(told.lines) < MOST:
            break
    return found


def _end(found: Sequence[Line]) -> int:
    return found[-1].sequence if found else 0


def _question(node: Node, record: RecordId, after: int, known: Head, by: SigningKey) -> AskAudit:
    deadline = seconds(node.clock.now() + WAIT)
    bare = AskAudit(record, after, known.size, deadline, b"")
    signature = by.sign(audit_digest(domain_of(node), bare))
    return AskAudit(record, after, known.size, deadline, signature)


def _is_in(head: SignedHead, shown: Shown) -> bool:
    """Whether the line opens its hash, and the hash is in the tree at its place."""
    line = shown.line
    try:
        entry = line.entry()
    except SalusError:
        return False
    is_own = entry.sequence == line.sequence and entry.node == head.node
    leaf = leaf_of(line.salt, line.content) if line.salt else line.leaf
    at = line.sequence - 1
    return is_own and verify_inclusion(leaf, at, head.size, shown.path, head.root)


def own_entries(session: Session, log: str, record: RecordId | None = None) -> Iterator[Kept]:
    """Of a log that lies here: of one record, or all."""
    return (Kept(log, line.entry()) for line in lines(session, record))


def deeds(kept: Sequence[Kept], *, gateway: str) -> list[Deed]:
    """What was done, each once however many wrote of it, oldest first."""
    grouped: dict[bytes, list[Kept]] = {}
    for each in kept:
        grouped.setdefault(each.entry.request, []).append(each)
    found = [_deed(group, gateway) for group in grouped.values()]
    return sorted(found, key=lambda deed: deed.entry.at)


def _deed(group: list[Kept], gateway: str) -> Deed:
    """The reader's own word counts where it says that something was opened."""
    ordered = sorted(group, key=lambda each: (each.log != gateway, each.entry.actor.client == OPEN))
    permitted = Outcome.PERMITTED.value
    is_opened = any(
        each.entry.outcome == permitted
        for each in group
        if each.log == gateway or each.entry.actor.client == OPEN
    )
    known = any(each.log == gateway for each in group)
    is_released = any(each.entry.outcome == permitted for each in group)
    return Deed(
        ordered[0].entry,
        tuple(dict.fromkeys(each.log for each in ordered)),
        is_opened if known else is_released,
    )


# CHECKING


@dataclass(frozen=True, slots=True)
class Checked:
    """A log that lies here: how long it is, what is wrong, and how much of it is anchored."""

    log: str
    size: int
    faults: tuple[Fault, ...]
    anchored: int
    block: int


def check(node: Node, session: Session, log: str, owner: Address) -> Checked:
    """Every line, and every head that was put on its way to the ledger.

    `session` is of the database that holds the log; the heads are in the node's own.
    """
    known = leaves(session)
    found = list(verify(session, owner))
    with node.reading() as own:
        past = heads(own, owner)
        block, anchored = _newest_anchored(Work(node, own), owner, past)
    found += _broken_heads(known, past)
    return Checked(log, len(known), tuple(found), anchored, block)


def _broken_heads(known: Sequence[bytes], past: Sequence[Head]) -> Iterator[Fault]:
    """Heads that the log does not have any more: a line before them changed, or it was cut."""
    roots = {head.size: head.root for head in past}
    grown = Frontier()
    for leaf in known:
        grown.append(leaf)
        if grown.size in roots and roots.pop(grown.size) != grown.root():
            yield Fault(grown.size, "not-the-anchored")
    if roots:
        yield Fault(len(known), "shorter-than-anchored")


def _newest_anchored(work: Work, owner: Address, past: Sequence[Head]) -> tuple[int, int]:
    """The block of the longest head in a batch, and its size; zeros where there is none yet."""
    for head in reversed(past):
        try:
            proof = notary.evidence(work, audit_leaf(owner, head.size, head.root))
        except NotAnchored:
            continue
        return proof.block, head.size
    return 0, 0
