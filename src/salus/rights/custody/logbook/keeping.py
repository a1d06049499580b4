"""A keeper's side: how long its log is, and that it only grew."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Digest
from salus.kernel.merkle import consistency, root
from salus.kernel.secp256k1 import recover
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.logbook.errors import NoSuchLog
from salus.rights.custody.logbook.messages import (
    AskGrown,
    AskLog,
    Grown,
    LogHead,
    grown_digest,
    head_digest,
)
from salus.rights.custody.tables import LogLeaf

NO_ROOT = Digest(bytes(32))


def head(keeper: Keeper, asked: AskLog) -> LogHead:
    """The signed head of the log: as much as every receipt says of it."""
    with keeper.reading() as session:
        leaves = _leaves(session)
    bare = LogHead(
        keeper.party.address,
        len(leaves),
        Digest(root(leaves)) if leaves else NO_ROOT,
        seconds(keeper.clock.now()),
        asked.since,
        _proof(leaves, asked.since),
        b"",
    )
    signed = head_digest(keeper.ledger.domain, bare)
    return replace(bare, signature=keeper.party.signing.sign(signed))


def grown(keeper: Keeper, asked: AskGrown) -> Grown:
    """The proof between any two receipts. Raises NotPermitted and NoSuchLog."""
    _refuse_strangers(keeper, asked)
    with keeper.reading() as session:
        leaves = _leaves(session)[: asked.second]
    if not 0 < asked.first <= asked.second == len(leaves):
        raise NoSuchLog(first=asked.first, second=asked.second)
    return Grown(_proof(leaves, asked.first))


def _refuse_strangers(keeper: Keeper, asked: AskGrown) -> None:
    digest = grown_digest(
        keeper.ledger.domain, asked.record, asked.first, asked.second, asked.deadline
    )
    signer, at = recover(digest, asked.signature), keeper.ledger.final()
    if signer is None or asked.deadline < seconds(keeper.clock.now()):
        raise NotPermitted
    is_subject = signer == keeper.ledger.controller(asked.record, at=at)
    if not is_subject and not keeper.ledger.is_privacy_office(signer, asked.record, at=at):
        raise NotPermitted


def _leaves(session: Session) -> list[bytes]:
    return list(session.scalars(select(LogLeaf.leaf).order_by(LogLeaf.position)))


def _proof(leaves: Sequence[bytes], since: int) -> tuple[Digest, ...]:
    if not 0 < since < len(leaves):
        return ()
    return tuple(map(Digest, consistency(leaves, since)))
