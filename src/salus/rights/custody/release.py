"""How a custodian or the gateway decides on requests, alone, at one final block."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import NOBODY, Address, Digest, record_text
from salus.kernel.merkle import leaf_hash
from salus.platform.database import Upsert
from salus.platform.ledger import Block
from salus.platform.operations import observed
from salus.rights.consent.audit.model import Act
from salus.rights.consent.audit.service import append
from salus.rights.consent.gathering import Opening
from salus.rights.custody import messages as m
from salus.rights.custody.answering import answer
from salus.rights.custody.auditing import noting
from salus.rights.custody.errors import (
    ClockBehind,
    Expired,
    ForkSeen,
    NotPermitted,
    Replayed,
    StaleHead,
    StoreDamaged,
)
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.permit import Permit
from salus.rights.custody.standing import (
    Known,
    Standing,
    deadline_holds,
    is_own_key,
    rule_of,
    ruling,
)
from salus.rights.custody.tables import Answered, LogLeaf, Look, Reads

Parts = tuple[Held, ...]
"""What is held of one key, one part for each generation, the newest last."""
_COUNT = Upsert(Reads, key=("grant",), changing=("count",))


@observed("custody.release")
def release(keeper: Keeper, ask: m.Ask) -> m.Shares | m.Gate:
    """Answer one request: check, log and commit; only then seal and sign.

    A request seen before gets the same receipts and counts no second read. Requests that come
    meanwhile wait for the next commit together. Raises NotPermitted with nothing in it: the
    reason is in the subject's log only.
    """
    found = keeper.queue.ask(ask, lambda asks: release_all(keeper, asks))
    if isinstance(found, SalusError):
        raise found
    return found


def release_all(keeper: Keeper, asks: Sequence[m.Ask]) -> list[m.Shares | m.Gate | SalusError]:
    """Decide several requests in one commit, in their order; then seal and sign each."""
    try:
        with keeper.sessions() as session, session.begin():
            sitting = Sitting(keeper, session, keeper.clock.now())
            sitting.recall(asks)
            decided = [sitting.hear(ask) for ask in asks]
            sitting.write()
    except BaseException:
        keeper.forget_log()
        raise
    return [_answer(keeper, each) for each in decided]


def _answer(keeper: Keeper, decided: Permit | SalusError) -> m.Shares | m.Gate | SalusError:
    if isinstance(decided, SalusError):
        return decided
    try:
        return answer(keeper, decided)
    except SalusError as error:
        return error
    except ValueError:  # nothing can be sealed to the reader's key
        return NotPermitted()


@dataclass(slots=True)
class Sitting:
    """The requests of one commit before one keeper, and the rows they leave."""

    keeper: Keeper
    session: Session
    now: datetime
    digests: dict[int, Digest] = field(default_factory=dict)  # of the requests of this sitting
    answered: dict[bytes, Answered] = field(default_factory=dict)
    nonces: set[tuple[bytes, bytes]] = field(default_factory=set)
    permits: dict[Digest, Permit] = field(default_factory=dict)  # of this sitting
    reads: dict[bytes, int] = field(default_factory=dict)  # by grant, this sitting included
    rows: dict[type[Any], list[dict[str, Any]]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)  # for the audit

    def recall(self, asks: Sequence[m.Ask]) -> None:
        """What was answered before, in one question for all, and the log as it is now.

        Raises StoreDamaged: without its log a keeper decides nothing.
        """
        self.keeper.follow_log(self.session)
        self.keeper.log(self.session)
        same_nonce = Answered.nonce.in_([ask.request.nonce for ask in asks])
        same = Answered.request.in_([self.digest(ask) for ask in asks])
        for row in self.session.scalars(select(Answered).where(or_(same, same_nonce))):
            self.answered[row.request] = row
            self.nonces.add((row.signer, row.nonce))
        named = Reads.grant.in_([ask.request.basis_id for ask in asks])
        for grant, count in self.session.execute(select(Reads.grant, Reads.count).where(named)):
            self.reads[grant] = count

    def digest(self, ask: m.Ask) -> Digest:
        found = self.digests.get(id(ask))
        if found is None:
            found = m.request_digest(self.keeper.ledger.domain, ask.request)
            self.digests[id(ask)] = found
        return found

    def hear(self, ask: m.Ask) -> Permit | SalusError:
        try:
            if not deadline_holds(ask.request.deadline, self.now, longest=m.DEADLINE + m.SKEW):
                raise Expired
            return self._decide(ask, self.digest(ask)) or NotPermitted()
        except StoreDamaged as error:  # of whose record this is cannot be known
            return error
        except SalusError as error:
            self._note_failure(ask, error)
            return error

    def _decide(self, ask: m.Ask, digest: Digest) -> Permit | None:
        parts = self._parts(ask)
        if not parts:
            return None
        if permit := self._known(ask, digest, parts):
            return permit
        block = self._block(ask)
        signers = self.keeper.ledger.signers(ask, digest, at=block)
        self.keeper.refuse_flood(signers.reader or NOBODY, seconds(self.now))
        dealt = self._chosen(ask, parts, block)
        held = dealt or tuple(part[-1] for part in parts)
        dealings = tuple(each.dealing for each in held)
        standing = self.keeper.ledger.standing(ask, signers, dealings, self._known_here(), at=block)
        ruled = ruling(ask, standing, dealings, self.now)
        rule = ruled.refusal or self._not_a_holder(ask, standing, is_dealt=bool(dealt))
        self._look(ask, standing.organization or standing.signers.reader or NOBODY, held, rule)
        ruled = replace(ruled, refusal=rule)
        self.acts += noting.decided(ask, digest, standing, dealings, ruled=ruled, now=self.now)
        if rule is not None:
            return None
        receipts = tuple(self._log(ask, digest, each, block) for each in held)
        self._remember(ask, digest, standing.root, receipts)
        self._count(ask)
        permit = Permit(ask, digest, held, standing.root, receipts)
        self.permits[digest] = permit
        return permit

    def _known(self, ask: m.Ask, digest: Digest, parts: Sequence[Parts]) -> Permit | None:
        """What was permitted before, for the key that was asked for then. Raises Replayed.

        The digest names that key only by its hash, and whoever saw the request knows the digest.
        """
        known, meanwhile = self.answered.get(digest), self.permits.get(digest)
        if known is None and meanwhile is None:
            if (ask.reader, ask.request.nonce) in self.nonces:
                raise Replayed
            return None
        if not is_own_key(ask):
            return None
        if known is None:
            return meanwhile
        chosen = self._chosen(ask, parts, self.keeper.ledger.final())
        held = {(each.dealing.unit, each.dealing.epoch): each for each in chosen}
        receipts = [each for each in self._receipts(known) if (each.unit, each.epoch) in held]
        again = tuple(held[each.unit, each.epoch] for each in receipts)
        return Permit(ask, digest, again, Digest(known.root), tuple(receipts))

    def _parts(self, ask: m.Ask) -> list[Parts]:
        """What is held of each key that is asked for; nothing of none, and of too many."""
        items = ask.request.items
        if len(items) > m.MAX_ITEMS:
            return []
        found = (self.keeper.kept.held(self.session, item.unit, item.epoch) for item in items)
        return [parts for parts in found if parts]

    def _chosen(self, ask: m.Ask, parts: Sequence[Parts], block: Block) -> tuple[Held, ...]:
        """Of each key the part that was dealt to the set that keeps the record at a block.

        A subject may try the shares of another set, before it is theirs.
        """
        ledger, is_trial = self.keeper.ledger, _is_trial(ask)
        return tuple(
            held
            for each in parts
            for held in each
            if held.dealing.set == (ask.set if is_trial else ledger.set_of(held.record, at=block))
        )

    def _block(self, ask: m.Ask) -> Block:
        """The block of the decision: final, fresh, and a descendant of what the reader saw."""
        oldest, request = self.keeper.settings.max_head_age, ask.request
        block = self.keeper.ledger.fresh(self.now, oldest)
        age = seconds(self.now) - block.time
        if age > oldest or block.number < request.seen_block:
            raise StaleHead(age=age)
        if age < -m.SKEW.seconds:
            raise ClockBehind(ahead=-age)
        if self.keeper.ledger.hash_at(request.seen_block) != request.seen_block_hash:
            raise ForkSeen(block=request.seen_block)
        return block

    def _not_a_holder(self, ask: m.Ask, standing: Standing, *, is_dealt: bool) -> str | None:
        is_holder = _is_trial(ask) or self.keeper.party.address in standing.holders
        return None if is_holder and is_dealt else "not-a-holder"

    def _known_here(self) -> Known:
        """The gateway counts reads and knows denials; a custodian leaves both to it."""
        is_gateway = self.keeper.role is m.Role.GATEWAY
        return Known(self._reads, self._denial) if is_gateway else Known()

    def _reads(self, grant: bytes) -> int:
        """How often a grant was read with, this sitting included."""
        return self.reads.get(grant, 0)

    def _denial(self, grant: bytes) -> Opening | None:
        return self.keeper.kept.denial(self.session, grant)

    def _count(self, ask: m.Ask) -> None:
        """One read more of the grant, in the commit that logs it."""
        if self.keeper.role is m.Role.GATEWAY and ask.request.basis == m.Basis.GRANT:
            grant = ask.request.basis_id
            self.reads[grant] = self._reads(grant) + 1

    def _row(self, table: type[Any], **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def _look(self, ask: m.Ask, reader: Address, held: Sequence[Held], rule: str | None) -> None:
        """`reader` is who signed, never who the request says it is from."""
        for each in held:
            self._row(
                Look,
                at=seconds(self.now),
                record=record_text(each.dealing.record),
                section=each.dealing.section,
                reader=reader,
                purpose=ask.request.purpose,
                outcome="refused" if rule else "permitted",
                rule=rule or rule_of(ask),
                request=self.digest(ask),
            )

    def _note_failure(self, ask: m.Ask, error: SalusError) -> None:
        """In the audit, unless nothing of it is held here; of a flood the first in a minute."""
        dealings = [part[-1].dealing for part in self._parts(ask)]
        if dealings:
            acts = noting.failed(ask, self.digest(ask), dealings, error, now=self.now)
            if self.keeper.is_worth_noting(acts[0].actor.key, error, seconds(self.now)):
                self.acts += acts

    def _log(self, ask: m.Ask, digest: Digest, held: Held, block: Block) -> m.Receipt:
        log, salt = self.keeper.log(self.session), secrets.token_bytes(16)
        bare = m.Receipt(
            request=digest,
            basis_id=_grant_of(ask),
            unit=held.dealing.unit,
            epoch=held.dealing.epoch,
            role=self.keeper.role,
            index=held.index,
            block_number=block.number,
            block_hash=Digest(block.hash),
            block_time=block.time,
            own_time=seconds(self.now),
            log_size=0,
            log_root=Digest(bytes(32)),
        )
        leaf = leaf_hash(bare.log_leaf(salt))
        log.append(leaf)
        receipt = replace(bare, log_size=log.size, log_root=Digest(log.root()))
        content = canonical_bytes(receipt)
        self._row(LogLeaf, position=log.size, leaf=leaf, salt=salt, receipt=content)
        return receipt

    def _remember(
        self, ask: m.Ask, digest: Digest, root: Digest, receipts: Sequence[m.Receipt]
    ) -> None:
        self.nonces.add((ask.reader, ask.request.nonce))
        self._row(
            Answered,
            request=digest,
            signer=ask.reader,
            nonce=ask.request.nonce,
            until=seconds(ask.request.deadline),
            root=root,
            first=receipts[0].log_size,
            count=len(receipts),
        )

    def _receipts(self, known: Answered) -> tuple[m.Receipt, ...]:
        """Of an answer given before: its leaves of the log."""
        positions = range(known.first, known.first + known.count)
        rows = select(LogLeaf.receipt).where(LogLeaf.position.in_(positions))
        found = self.session.scalars(rows.order_by(LogLeaf.position))
        return tuple(parse(m.Receipt, receipt) for receipt in found)

    def write(self) -> None:
        append(self.session, self.keeper.party.address, self.acts)
        for table, rows in self.rows.items():
            self.session.execute(insert(table), rows)
        _COUNT(self.session, list(self.reads.items()))


def _is_trial(ask: m.Ask) -> bool:
    """Whether a subject asks for shares of a set that is not in force."""
    return ask.request.basis == m.Basis.SUBJECT and ask.set != m.PRESENT_SET


def _grant_of(ask: m.Ask) -> Digest:
    """The grant a receipt names, or zeros: on the ledger only grants can convict by their end.

    An id of something else could be proposed as a grant by anybody, and ended, against its keeper.
    """
    return ask.request.basis_id if ask.request.basis == m.Basis.GRANT else Digest(bytes(32))
