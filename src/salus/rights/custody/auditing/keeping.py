"""A keeper's side: it shows the lines of a record to those who may see them, and its head."""

from collections.abc import Sequence
from dataclasses import replace

from salus.kernel.clock import seconds
from salus.kernel.ids import Digest
from salus.kernel.merkle import inclusions
from salus.kernel.secp256k1 import recover
from salus.rights.consent.audit.service import extends, head_of, leaves, lines
from salus.rights.custody.auditing.messages import (
    MOST,
    AskAudit,
    AskHead,
    Shown,
    SignedHead,
    Told,
    audit_digest,
    head_digest,
)
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper


def tell(keeper: Keeper, asked: AskAudit) -> Told:
    """The lines of one record, for its subject or the privacy office of its source.

    Raises NotPermitted.
    """
    _refuse_strangers(keeper, asked)
    with keeper.reading() as session:
        found = list(lines(session, asked.record, after=asked.after, most=MOST))
        known = leaves(session)
    paths = inclusions(known, [line.sequence - 1 for line in found])
    shown = (Shown(line, tuple(map(Digest, path))) for line, path in zip(found, paths, strict=True))
    return Told(_signed(keeper, known, asked.since), tuple(shown))


def _refuse_strangers(keeper: Keeper, asked: AskAudit) -> None:
    signer = recover(audit_digest(keeper.ledger.domain, asked), asked.signature)
    now, at = seconds(keeper.clock.now()), keeper.ledger.final()
    if signer is None or not now <= asked.deadline:
        raise NotPermitted
    is_subject = signer == keeper.ledger.controller(asked.record, at=at)
    if not is_subject and not keeper.ledger.is_privacy_office(signer, asked.record, at=at):
        raise NotPermitted


def tell_head(keeper: Keeper, asked: AskHead) -> SignedHead:
    """How long the log is and its root: that much every receipt says of the other log, too."""
    with keeper.reading() as session:
        return _signed(keeper, leaves(session), asked.since)


def _signed(keeper: Keeper, known: Sequence[bytes], since: int) -> SignedHead:
    head = head_of(known)
    bare = SignedHead(
        keeper.party.address,
        head.size,
        head.root,
        seconds(keeper.clock.now()),
        since,
        extends(known, since),
        b"",
    )
    return replace(
        bare, signature=keeper.party.signing.sign(head_digest(keeper.ledger.domain, bare))
    )
