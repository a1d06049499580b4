"""Recognizing a person at an import, and what people decide about links."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.errors import (
    AlreadyLinked,
    BadReason,
    KnownApart,
    LinkLogDamaged,
    NotLinked,
    SameRecord,
    StillLinked,
)
from salus.rights.identity.matching.events import (
    LONGEST_REASON,
    PARTS,
    START,
    Kind,
    LinkEvent,
    Links,
    Pair,
    Signed,
    first_fault,
    pair,
    sign,
)
from salus.rights.identity.matching.model import certain, score
from salus.rights.identity.matching.person import person_of
from salus.rights.identity.matching.register import (
    Match,
    drop_reviews,
    keep_person,
    links_of,
    near,
    person_in,
)
from salus.rights.identity.model import Party

AUTOMATIC = "automatic"
MOST_REVIEWS = 10


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Both sides as they are again, and what was written to them while they were one."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    written: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two records of the queue; `parts` is the probability in millionths."""

    left: str
    right: str
    parts: int
    bars: tuple[str, ...]
    agrees: tuple[str, ...]


def enroll(
    work: Work,
    record: RecordId,
    patient: bytes | None,
    *,
    written: Sequence[str],
    storage_key: bytes,
    by: Party,
) -> None:
    """Remember a person at an import, link what is certain, queue what a person must look at.

    `patient` is the Patient resource when it is new or changed, `written` are the references of
    everything that the import wrote to the record.
    """
    text = record_text(record)
    links = links_of(work.session, [text])
    _note(work.session, text, links, written)
    if patient is None:
        return
    person = person_of(orjson.loads(patient))
    keep_person(work.session, text, person, storage_key=storage_key)
    drop_reviews(work.session, text)
    found = near(work.session, person, without=links.group(text), storage_key=storage_key)
    linked = _link_certain(work, text, found, by)
    for match in found[:MOST_REVIEWS]:
        if match.candidate.key not in linked:
            _queue(work.session, text, match)


def only_certain(found: Sequence[Match]) -> list[Match]:
    """Those that are certain; none when several people are."""
    kept = {each.key for each in certain([match.candidate for match in found])}
    return [match for match in found if match.candidate.key in kept]


def _note(session: Session, record: str, links: Links, written: Sequence[str]) -> None:
    """Remember what is written while a record is linked, for the day the link is taken back."""
    if len(links.group(record)) > 1:
        last = _last(session)
        session.add_all(
            t.Written(record=record, reference=each, event=last.number if last else 0)
            for each in written
        )


def _link_certain(work: Work, record: str, found: Sequence[Match], by: Party) -> frozenset[str]:
    """Link with the best certain candidate. The answer is the group of the record afterwards."""
    best = next(iter(certain([match.candidate for match in found])), None)
    if best is None:
        return frozenset()
    links = links_of(work.session, [record, best.key])
    if links.kind(record, best.key) is not None or links.apart(record, best.key):
        return frozenset()
    parts = round(best.scored.probability * PARTS)
    _append(work, Kind.LINKED, (record, best.key), reason=AUTOMATIC, parts=parts, by=by)
    return links.group(best.key)


def _queue(session: Session, record: str, match: Match) -> None:
    left, right = pair(record, match.candidate.key)
    if links_of(session, [left]).kind(left, right) is not Kind.APART:
        session.merge(
            t.Review(
                left=left,
                right=right,
                parts=round(match.candidate.scored.probability * PARTS),
                bars=" ".join(bar.value for bar in match.candidate.bars),
                agrees=" ".join(match.candidate.agrees),
            )
        )


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who decides about links: `storage_key` opens what is known of people."""

    party: Party
    storage_key: bytes = field(repr=False)


def link(work: Work, left: str, right: str, *, reason: str, by: Clerk) -> None:
    """Say that two records are of one person.

    Raises AlreadyLinked, and KnownApart when others of the two groups were confirmed apart.
    """
    links = _links(work, left, right)
    if right in links.group(left):
        raise AlreadyLinked
    for one, other in links.apart(left, right):
        if (one, other) != pair(left, right):
            raise KnownApart(left=one, right=other)
    _decide(work, Kind.LINKED, (left, right), reason, by)


def unlink(work: Work, left: str, right: str, *, reason: str, by: Clerk) -> Unlinked:
    """Take back a link: both sides are again what they were. Raises NotLinked."""
    links = _links(work, left, right)
    if links.kind(left, right) is not Kind.LINKED:
        raise NotLinked
    since = links.last[pair(left, right)].number
    _decide(work, Kind.UNLINKED, (left, right), reason, by)
    after = links_of(work.session, [left, right])
    sides = sorted(after.group(left)), sorted(after.group(right))
    records = {each for side in sides for each in side}
    asked = select(t.Written.record, t.Written.reference).where(
        t.Written.record.in_(records), t.Written.event >= since
    )
    written = work.session.execute(asked.order_by(t.Written.number)).all()
    return Unlinked(
        tuple(sides[0]), tuple(sides[1]), tuple(dict.fromkeys((r, f) for r, f in written))
    )


def confirm_apart(work: Work, left: str, right: str, *, reason: str, by: Clerk) -> None:
    """Say that two records are of two people, for ever unless a person links them.

    Raises StillLinked.
    """
    if right in _links(work, left, right).group(left):
        raise StillLinked
    _decide(work, Kind.APART, (left, right), reason, by)


def _links(work: Work, left: str, right: str) -> Links:
    if left == right:
        raise SameRecord(record=left)
    return links_of(work.session, [left, right])


def _decide(work: Work, kind: Kind, ends: Pair, reason: str, by: Clerk) -> None:
    """An event that a person orders; it ends the waiting of the pair. Raises BadReason."""
    if not 3 <= len(reason.strip()) <= LONGEST_REASON:
        raise BadReason(most=LONGEST_REASON)
    key = by.storage_key
    one, other = (person_in(work.session, each, storage_key=key) for each in ends)
    parts = round(score(one, other).probability * PARTS)
    _append(work, kind, ends, reason=reason.strip(), parts=parts, by=by.party)
    left, right = pair(*ends)
    work.session.execute(delete(t.Review).where(t.Review.left == left, t.Review.right == right))


def _append(work: Work, kind: Kind, ends: Pair, *, reason: str, parts: int, by: Party) -> None:
    """The next event of the chain; the writer's lock makes it the only next one."""
    last = _last(work.session)
    event = LinkEvent(
        number=last.number + 1 if last else 1,
        kind=kind.value,
        left=ends[0],
        right=ends[1],
        reason=reason,
        parts=parts,
        by=by.address,
        at=work.node.clock.now(),
        previous=last.digest() if last else START,
    )
    signed = sign(event, by.signing)
    work.session.add(
        t.Event(
            number=event.number,
            left=event.left,
            right=event.right,
            event=canonical_bytes(event),
            signature=signed.signature,
        )
    )
    work.session.flush()


def _last(session: Session) -> LinkEvent | None:
    newest = select(func.max(t.Event.number)).scalar_subquery()
    row = session.scalar(select(t.Event).where(t.Event.number == newest))
    return parse(LinkEvent, row.event) if row else None


def log(session: Session) -> list[LinkEvent]:
    """Every event, oldest first, each checked. Raises LinkLogDamaged."""
    rows = session.scalars(select(t.Event).order_by(t.Event.number))
    signed = [Signed(parse(LinkEvent, row.event), row.signature) for row in rows]
    fault = first_fault(signed)
    if fault is not None:
        raise LinkLogDamaged(number=fault)
    return [each.event for each in signed]


def waiting(session: Session) -> list[Waiting]:
    """The queue, the most likely pair first; what was linked meanwhile is left out."""
    rows = list(session.scalars(select(t.Review).order_by(t.Review.parts.desc(), t.Review.left)))
    links = links_of(session, {end for row in rows for end in (row.left, row.right)})
    return [
        Waiting(row.left, row.right, row.parts, tuple(row.bars.split()), tuple(row.agrees.split()))
        for row in rows
        if row.right not in links.group(row.left)
    ]
