"""Heads of keepers' logs on their way to the ledger, and proofs that logs only grew.

A head in a batch fixes every release before it: a keeper that takes one back later contradicts the
ledger. The source of records asks its keepers, so a keeper needs no key that anchors.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import parse, text
from salus.kernel.ids import RecordId
from salus.kernel.merkle import verify_consistency
from salus.kernel.secp256k1 import SigningKey, recover
from salus.platform.observe import log
from salus.platform.settings import read
from salus.platform.work import Node, Work, enqueue, is_waiting
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.logbook.errors import LogForked, NotOneKeeper
from salus.rights.custody.logbook.messages import (
    AskGrown,
    AskLog,
    Grown,
    LogHead,
    grown_digest,
    is_signed_by,
)
from salus.rights.custody.logbook.tables import KnownHead
from salus.rights.custody.messages import receipt_digest
from salus.rights.custody.peers import RemoteKeeper, ask_all
from salus.rights.custody.settings import CustodySettings
from salus.rights.notary import service as notary
from salus.rights.notary.model import log_head_leaf

ANCHOR = "custody.anchor_logs"
WAIT = 240  # seconds that a question is valid


def keep_anchoring(work: Work) -> None:
    """See to it that heads are anchored before long."""
    if not is_waiting(work, ANCHOR):
        enqueue(work, ANCHOR, run_at=work.node.clock.now() + every())


def every() -> timedelta:
    """The time between two anchorings."""
    return timedelta(seconds=read(CustodySettings).log_anchor_seconds)


def anchor_logs(node: Node, keepers: Sequence[RemoteKeeper], *, by: SigningKey) -> tuple[str, ...]:
    """Anchor every head that has moved; the names of keepers that were not heard. Twice is once.

    The log of a keeper that is not the one it was is not anchored any more: `salus custody status`
    names it.
    """
    answers, errors = ask_all(keepers, lambda keeper: _ask(node, keeper))
    with node.sessions() as session, session.begin():
        work = Work(node, session)
        for keeper in keepers:
            if head := answers.get(keeper.name):
                _take(work, keeper, head)
    notary.anchor(node, by=by)
    return tuple(sorted(errors))


def _ask(node: Node, keeper: RemoteKeeper) -> LogHead:
    with node.reading() as session:
        known = session.get(KnownHead, keeper.member.address)
        size = known.size if known else 0
    return parse(LogHead, keeper.peer.post("/custody/log/head", text(AskLog(size))))


def _take(work: Work, keeper: RemoteKeeper, head: LogHead) -> None:
    """Queue a head that extends the one before, and remember that one did not."""
    known = work.session.get(KnownHead, keeper.member.address)
    is_own = is_signed_by(keeper.member.address, domain_of(work.node), head)
    if not is_own or (known is not None and not _extends(known, head)):
        log("log-forked", level="error", error=LogForked.key())
        if known is not None:
            known.is_forked = True
        return
    if head.size == (known.size if known else 0) or (known and known.is_forked):
        return
    notary.queue(work, log_head_leaf(head.keeper, head.size, head.root))
    work.session.merge(
        KnownHead(
            holder=head.keeper,
            size=head.size,
            root=head.root,
            at=seconds(work.node.clock.now()),
            signature=head.signature,
            is_forked=False,
        )
    )


def _extends(known: KnownHead, head: LogHead) -> bool:
    return verify_consistency(known.size, known.root, head.size, head.root, head.proof)


def known_heads(session: Session) -> Iterator[KnownHead]:
    """The newest head of each keeper that is on its way to the ledger or there."""
    yield from session.scalars(select(KnownHead))


def compare(
    node: Node,
    keepers: Sequence[RemoteKeeper],
    record: RecordId,
    receipts: tuple[Evidence, Evidence],
    *,
    by: SigningKey,
) -> str:
    """Ask the keeper that signed two receipts to prove that its log only grew; its name.

    `by` controls the record or is the privacy office of its source. Raises NotOneKeeper, NoSuchLog,
    NotPermitted and LogForked.
    """
    earlier, later = sorted(receipts, key=lambda each: each.receipt.log_size)
    keeper = _signer(node, keepers, earlier, later)
    first, second = earlier.receipt, later.receipt
    deadline = seconds(node.clock.now()) + WAIT
    signed = grown_digest(domain_of(node), record, first.log_size, second.log_size, deadline)
    asked = AskGrown(record, first.log_size, second.log_size, deadline, by.sign(signed))
    proof = parse(Grown, keeper.peer.post("/custody/log", text(asked))).proof
    if not verify_consistency(
        first.log_size, first.log_root, second.log_size, second.log_root, proof
    ):
        raise LogForked(name=keeper.name, size=first.log_size)
    return keeper.name


def _signer(
    node: Node, keepers: Sequence[RemoteKeeper], first: Evidence, second: Evidence
) -> RemoteKeeper:
    signers = {
        recover(receipt_digest(domain_of(node), each.receipt), each.signature)
        for each in (first, second)
    }
    found = [keeper for keeper in keepers if {keeper.member.address} == signers]
    if not found:
        raise NotOneKeeper
    return found[0]
