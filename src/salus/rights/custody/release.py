"""How a custodian or the gateway decides on one request, alone, at one final block."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, UnitId, record_text
from salus.kernel.merkle import leaf_hash
from salus.kernel.secp256k1 import recover
from salus.kernel.wrap import open_at_rest
from salus.platform.ledger import Block
from salus.rights.custody import messages as m
from salus.rights.custody.decision import Facts, deadline_holds, refusal, rule_of
from salus.rights.custody.errors import (
    Expired,
    ForkSeen,
    NotPermitted,
    Replayed,
    StaleHead,
    TooManyReads,
    VersionMismatch,
)
from salus.rights.custody.keeper import Keeper, held_secret, ticket_for
from salus.rights.custody.model import Dealing, info_release_gate, info_release_share
from salus.rights.custody.tables import (
    Answered,
    HeldSecret,
    LogLeaf,
    Look,
    StoredObject,
    StoredVersion,
)
from salus.rights.records.model import Manifest, Place, Version


@dataclass(frozen=True, slots=True)
class Permit:
    """A request that passed every check at one block and is in the log."""

    ask: m.Ask
    digest: Digest
    held: tuple[HeldSecret, ...]
    dealings: tuple[Dealing, ...]
    root: Digest
    receipts: tuple[m.Receipt, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """One request before one keeper, within one transaction of its store."""

    keeper: Keeper
    session: Session
    ask: m.Ask
    digest: Digest
    now: datetime


def release(keeper: Keeper, ask: m.Ask) -> m.Shares | m.Gate:
    """Answer one request: check, log and commit; only then seal and sign.

    A request seen before gets the same receipts and counts no second read. Requests that come
    meanwhile wait for the next commit together. Raises NotPermitted with nothing in it: the
    reason is in the subject's log only.
    """
    answer = keeper.queue.ask(ask, lambda asks: release_all(keeper, asks))
    if isinstance(answer, SalusError):
        raise answer
    return answer


def release_all(keeper: Keeper, asks: Sequence[m.Ask]) -> list[m.Shares | m.Gate | SalusError]:
    """Decide several requests in one commit, in their order; then seal and sign each."""
    now = keeper.clock.now()
    decided: list[Permit | SalusError] = []
    try:
        with keeper.sessions() as session, session.begin():
            for ask in asks:
                decided.append(_heard(keeper, session, ask, now))
    except BaseException:
        keeper.forget_log()
        raise
    return [each if isinstance(each, SalusError) else _answer(keeper, each) for each in decided]


def _heard(keeper: Keeper, session: Session, ask: m.Ask, now: datetime) -> Permit | SalusError:
    try:
        if not deadline_holds(ask.request.deadline, now, longest=m.DEADLINE + m.SKEW):
            raise Expired
        digest = m.request_digest(keeper.ledger.domain, ask.request)
        return _decide(Hearing(keeper, session, ask, digest, now)) or NotPermitted()
    except SalusError as error:
        return error


def _answer(keeper: Keeper, permit: Permit) -> m.Shares | m.Gate | SalusError:
    try:
        gate = keeper.role is m.Role.GATEWAY
        return _gate(keeper, permit) if gate else _shares(keeper, permit)
    except SalusError as error:
        return error


def _decide(hearing: Hearing) -> Permit | None:
    ask, digest = hearing.ask, hearing.digest
    held = _held(hearing)
    if held is None:
        return None
    dealings = tuple(parse(Dealing, row.dealing) for row in held)
    if known := hearing.session.get(Answered, digest):
        receipts = parse(m.Receipts, known.receipts).receipts
        return Permit(ask, digest, held, dealings, Digest(known.root), receipts)
    _refuse_replay(hearing)
    _refuse_flood(hearing)
    block = _block(hearing)
    signer = recover(digest, ask.signature)
    facts = hearing.keeper.ledger.facts(ask, dealings[0].record, signer=signer, at=block)
    rule = refusal(ask, facts, dealings, hearing.now) or _not_a_holder(hearing.keeper, facts)
    _write_looks(hearing, dealings, rule)
    if rule is not None:
        return None
    receipts = tuple(_log(hearing, row, block) for row in held)
    _remember(hearing, facts.root, receipts)
    return Permit(ask, digest, held, dealings, facts.root, receipts)


def _held(hearing: Hearing) -> tuple[HeldSecret, ...] | None:
    items = hearing.ask.request.items
    rows = [hearing.session.get(HeldSecret, (item.unit, item.epoch)) for item in items]
    held = tuple(row for row in rows if row is not None)
    return held if 0 < len(held) == len(rows) <= m.MAX_ITEMS else None


def _refuse_replay(hearing: Hearing) -> None:
    same_nonce = select(Answered.request).where(
        Answered.signer == hearing.ask.reader, Answered.nonce == hearing.ask.request.nonce
    )
    if hearing.session.scalar(same_nonce) is not None:
        raise Replayed


def _refuse_flood(hearing: Hearing) -> None:
    limit, since = hearing.keeper.settings.reads_per_minute, seconds(hearing.now) - 60
    asked = select(func.count()).where(Look.reader == hearing.ask.reader, Look.at > since)
    if (hearing.session.scalar(asked) or 0) >= limit:
        raise TooManyReads(limit=limit)


def _block(hearing: Hearing) -> Block:
    """The one block of the decision: final, fresh, and a descendant of what the reader saw."""
    keeper, request = hearing.keeper, hearing.ask.request
    oldest = keeper.settings.max_head_age
    block = keeper.ledger.fresh(hearing.now, oldest)
    age = seconds(hearing.now) - block.time
    if age > oldest or block.number < request.seen_block:
        raise StaleHead(age=age)
    if keeper.ledger.hash_at(request.seen_block) != request.seen_block_hash:
        raise ForkSeen(block=request.seen_block)
    return block


def _not_a_holder(keeper: Keeper, facts: Facts) -> str | None:
    return None if keeper.party.address in facts.holders else "not-a-holder"


def _write_looks(hearing: Hearing, dealings: Sequence[Dealing], rule: str | None) -> None:
    hearing.session.add_all(
        Look(
            at=seconds(hearing.now),
            record=record_text(dealing.record),
            section=dealing.section,
            reader=hearing.ask.reader,
            purpose=hearing.ask.request.purpose,
            outcome="refused" if rule else "permitted",
            rule=rule or rule_of(hearing.ask),
            request=hearing.digest,
        )
        for dealing in dealings
    )


def _log(hearing: Hearing, held: HeldSecret, block: Block) -> m.Receipt:
    log = hearing.keeper.log(hearing.session)
    salt = secrets.token_bytes(16)
    bare = m.Receipt(
        request=hearing.digest,
        basis_id=hearing.ask.request.basis_id,
        unit=UnitId(held.unit),
        epoch=held.epoch,
        role=hearing.keeper.role,
        index=held.index,
        block_number=block.number,
        block_hash=Digest(block.hash),
        block_time=block.time,
        own_time=seconds(hearing.now),
        log_size=0,
        log_root=Digest(bytes(32)),
    )
    leaf = leaf_hash(bare.log_leaf(salt))
    log.append(leaf)
    receipt = replace(bare, log_size=log.size, log_root=Digest(log.root()))
    row = LogLeaf(position=log.size, leaf=leaf, salt=salt, receipt=canonical_bytes(receipt))
    hearing.session.add(row)
    return receipt


def _remember(hearing: Hearing, root: Digest, receipts: tuple[m.Receipt, ...]) -> None:
    request = hearing.ask.request
    hearing.session.add(
        Answered(
            request=hearing.digest,
            signer=hearing.ask.reader,
            nonce=request.nonce,
            until=seconds(request.deadline),
            root=root,
            receipts=canonical_bytes(m.Receipts(receipts)),
        )
    )


def _sign(keeper: Keeper, receipt: m.Receipt) -> bytes:
    return keeper.party.signing.sign(m.receipt_digest(keeper.ledger.domain, receipt))


def _parts(permit: Permit) -> Iterator[tuple[Dealing, HeldSecret, m.Receipt]]:
    return zip(permit.dealings, permit.held, permit.receipts, strict=True)


def _shares(keeper: Keeper, permit: Permit) -> m.Shares:
    return m.Shares(
        tuple(
            m.ReleasedShare(
                dealing=dealing,
                index=held.index,
                sealed=hpke.seal(
                    permit.ask.reader_key,
                    info_release_share(dealing, held.index, permit.digest),
                    held_secret(keeper, held),
                ),
                receipt=receipt,
                signature=_sign(keeper, receipt),
            )
            for dealing, held, receipt in _parts(permit)
        )
    )


def _gate(keeper: Keeper, permit: Permit) -> m.Gate:
    with keeper.sessions() as session:
        stored = session.get(StoredVersion, permit.root)
        if stored is None:
            raise VersionMismatch
        version = parse(Version, stored.version)
        objects = [_objects(keeper, session, permit, version, each) for each in permit.dealings]
    return m.Gate(
        version,
        tuple(
            m.ReleasedHalf(
                dealing=dealing,
                sealed=hpke.seal(
                    permit.ask.reader_key,
                    info_release_gate(dealing, permit.digest),
                    held_secret(keeper, held),
                ),
                objects=wrapped,
                receipt=receipt,
                signature=_sign(keeper, receipt),
            )
            for (dealing, held, receipt), wrapped in zip(_parts(permit), objects, strict=True)
        ),
    )


def _objects(
    keeper: Keeper, session: Session, permit: Permit, version: Version, dealing: Dealing
) -> tuple[m.WrappedObject, ...]:
    """The objects of one unit that the version on the ledger names, with a ticket for each."""
    until = seconds(permit.ask.request.deadline)
    ids = version.objects_of(Place(dealing.section, dealing.kind))
    found = (session.get_one(StoredObject, object_id) for object_id in ids)
    return tuple(
        m.WrappedObject(
            manifest=manifest,
            signature=row.signature,
            wrap=open_at_rest(keeper.storage_key, b"wrap" + row.object_id, row.wrap),
            ticket=ticket_for(keeper, manifest.segment_root, until),
        )
        for row in found
        for manifest in [parse(Manifest, row.manifest)]
    )
