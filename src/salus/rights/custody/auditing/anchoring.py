"""Heads of audit logs on their way to the ledger: this node's own, and those of keepers.

A head in a batch fixes every line before it: who changes one later contradicts the ledger. The
source asks its keepers, so a keeper needs no key that anchors and no clock of its own for that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import verify_consistency
from salus.kernel.secp256k1 import SigningKey
from salus.platform.observe import log
from salus.platform.work import Node, Work, enqueue, is_waiting
from salus.rights.consent.audit.service import Head, end_of, head_of, leaves
from salus.rights.consent.audit.tables import AuditHead
from salus.rights.custody.auditing.messages import AskHead, SignedHead, is_signed_by
from salus.rights.custody.errors import AuditForked
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import RemoteKeeper
from salus.rights.notary import service as notary
from salus.rights.notary.model import audit_leaf

ANCHOR = "custody.anchor_audit"
EVERY = timedelta(minutes=5)
AT_ONCE = 4_096  # lines after which a head does not wait


def keep_heads_anchored(work: Work) -> None:
    """See to it that a head is anchored within five minutes, or now after 4,096 lines."""
    if not is_waiting(work, ANCHOR):
        enqueue(work, ANCHOR, run_at=work.node.clock.now() + EVERY)
    elif (size := end_of(work.session).sequence) % AT_ONCE == 0 and size:
        enqueue(work, ANCHOR)


@dataclass(frozen=True, slots=True)
class Anchored:
    """How far the log of a node is in a batch of the ledger; 0 where nothing is."""

    node: Address
    head: Head


def anchor_heads(
    node: Node, own: Address, keepers: Sequence[RemoteKeeper], *, by: SigningKey
) -> list[str]:
    """Anchor every head that has moved; the names of keepers that were not heard.

    A keeper whose log is not the one it was is not anchored; that is logged, and `salus audit
    verify` names it. Twice is once.
    """
    silent: list[str] = []
    found = [_own_head(node, own), *_heads_of(node, keepers, silent)]
    with node.sessions() as session, session.begin():
        work, now = Work(node, session), seconds(node.clock.now())
        for each in found:
            known = last_head(session, each.node).head
            if each.head.size <= known.size:
                continue
            row = AuditHead(node=each.node, size=each.head.size, root=each.head.root, at=now)
            session.add(row)
            notary.queue(work, audit_leaf(each.node, each.head.size, each.head.root))
    notary.anchor(node, by=by)
    return silent


def _own_head(node: Node, own: Address) -> Anchored:
    with node.reading() as session:
        return Anchored(own, head_of(leaves(session)))


def _heads_of(node: Node, keepers: Sequence[RemoteKeeper], silent: list[str]) -> Iterator[Anchored]:
    for keeper in keepers:
        try:
            head = ask_head(node, keeper)
        except AuditForked as error:
            log("audit-forked", level="error", error=error.key())
        except SalusError:
            silent.append(keeper.name)
        else:
            yield Anchored(head.node, Head(head.size, head.root))


def ask_head(node: Node, keeper: RemoteKeeper) -> SignedHead:
    """The head of a keeper's log, if it extends the last one that was anchored here.

    Raises AuditForked.
    """
    with node.reading() as session:
        known = last_head(session, keeper.member.address).head
    head = keeper.audit_head(AskHead(known.size))
    check_head(node, keeper, head, known)
    return head


def check_head(node: Node, keeper: RemoteKeeper, head: SignedHead, known: Head) -> None:
    """Raises AuditForked when a head is not signed, or does not extend what is known."""
    is_own = is_signed_by(keeper.member.address, domain_of(node), head)
    if not is_own or not _extends(head, known):
        raise AuditForked(name=keeper.name, size=known.size)


def _extends(head: SignedHead, known: Head) -> bool:
    if known.size == 0:
        return True
    return verify_consistency(known.size, known.root, head.size, head.root, head.proof)


def last_head(session: Session, node: Address) -> Anchored:
    """The longest head of a log that was put on its way to the ledger here."""
    rows = select(AuditHead).where(AuditHead.node == node).order_by(AuditHead.size.desc())
    row = session.scalar(rows.limit(1))
    head = Head(row.size, Digest(row.root)) if row else Head(0, Digest(bytes(32)))
    return Anchored(node, head)


def heads(session: Session, node: Address) -> list[Head]:
    """Every head of a log that was put on its way here, the shortest first."""
    rows = select(AuditHead).where(AuditHead.node == node).order_by(AuditHead.size)
    return [Head(row.size, Digest(row.root)) for row in session.scalars(rows)]
