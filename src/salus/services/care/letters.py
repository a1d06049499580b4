"""What a node keeps of referrals: letters, papers and keys, sealed at rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import Digest, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import guard, read_secret
from salus.platform.work import Node
from salus.services.care.errors import KeyMissing, UnknownReferral
from salus.services.care.model import Course, Letter, Paper, ReferralState, Role
from salus.services.care.tables import (
    MoveRow,
    PartyKey,
    ReferralRow,
    SealedLetter,
    SealedPaper,
    key_at_rest,
    letter_at_rest,
    paper_at_rest,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A node at work on referrals, with the key that its letters are sealed under."""

    node: Node
    storage_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Move:
    state: ReferralState
    at: datetime


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral on the ledger with all that this node knows of it.

    `reason` is why it was returned; `summary` is the Composition that was handed down, as it was
    given, in JSON. Each is empty where there is none, and where another node has it.
    """

    id: Digest
    letter: Letter
    course: Course
    moves: tuple[Move, ...]
    reason: str
    summary: str


def desk_of(node: Node, home: Path) -> Desk:
    return Desk(node, read_secret(home / STORAGE_KEY))


def keep_letter(
    desk: Desk,
    referral: Digest,
    letter: Letter,
    salt: Digest,
    keys: Mapping[Role, SigningKey],
) -> None:
    """In a transaction of its own, before the ledger is asked: nobody can move without a key."""
    record = record_text(letter.record)
    sealed = seal_at_rest(desk.storage_key, letter_at_rest(referral), canonical_bytes(letter))
    with desk.node.sessions() as session, session.begin():
        guard(session, desk.storage_key)
        session.add(SealedLetter(referral=referral, record=record, salt=salt, sealed=sealed))
        for role, key in keys.items():
            place = key_at_rest(referral, role)
            secret = seal_at_rest(desk.storage_key, place, key.secret())
            session.add(PartyKey(referral=referral, role=role, record=record, sealed=secret))


def keep_paper(desk: Desk, record: RecordId, paper: Paper, salt: Digest) -> Digest:
    """As `keep_letter`; returns the commitment. One that never reaches the ledger is not shown."""
    commitment = paper.commitment(salt)
    sealed = seal_at_rest(desk.storage_key, paper_at_rest(commitment), canonical_bytes(paper))
    with desk.node.sessions() as session, session.begin():
        guard(session, desk.storage_key)
        session.add(
            SealedPaper(commitment=commitment, record=record_text(record), salt=salt, sealed=sealed)
        )
    return commitment


def key_of(desk: Desk, referral: Digest, role: Role) -> SigningKey:
    """Raises KeyMissing."""
    with desk.node.reading() as session:
        row = session.get(PartyKey, (referral, role))
        if row is None:
            raise KeyMissing
        place = key_at_rest(referral, role)
        return SigningKey.from_bytes(open_at_rest(desk.storage_key, place, row.sealed))


def find_referral(desk: Desk, session: Session, text: str) -> Referral:
    """A referral by its id, or by a beginning of it that is like no other.

    Raises UnknownReferral.
    """
    prefix = text.lower().removeprefix("0x")
    found = [each for each in _rows(session) if each[0].referral.hex().startswith(prefix)]
    if len(found) != 1 or not prefix:
        raise UnknownReferral(id=text[:66])
    return _referral(desk, session, *found[0])


def referrals(desk: Desk, session: Session) -> list[Referral]:
    """Those whose letter is here, the one that moved last at the end."""
    return [_referral(desk, session, *each) for each in _rows(session)]


def moved_since(desk: Desk, session: Session, since: int) -> list[Referral]:
    """Those whose letter is here and that took a step at that second or later."""
    lately = select(MoveRow.referral).where(MoveRow.at >= since).distinct()
    kept = select(SealedLetter).where(SealedLetter.referral.in_(lately))
    pairs = [(each, session.get(ReferralRow, each.referral)) for each in session.scalars(kept)]
    return [_referral(desk, session, letter, row) for letter, row in pairs if row is not None]


def _rows(session: Session) -> list[tuple[SealedLetter, ReferralRow]]:
    known = select(SealedLetter).order_by(SealedLetter.referral)
    pairs = ((each, session.get(ReferralRow, each.referral)) for each in session.scalars(known))
    found = [(letter, row) for letter, row in pairs if row is not None]
    return sorted(found, key=lambda pair: pair[1].since)


def _referral(desk: Desk, session: Session, kept: SealedLetter, row: ReferralRow) -> Referral:
    place = letter_at_rest(kept.referral)
    letter = parse(Letter, open_at_rest(desk.storage_key, place, kept.sealed))
    ordered = select(MoveRow).where(MoveRow.referral == row.referral).order_by(MoveRow.state)
    moves = list(session.scalars(ordered))
    papers = {ReferralState(move.state): _paper(desk, session, move.paper) for move in moves}
    return Referral(
        Digest(kept.referral),
        letter,
        Course(
            ReferralState(row.state),
            moment(row.since),
            moment(row.deadline),
            timedelta(seconds=row.grace),
        ),
        tuple(Move(ReferralState(move.state), moment(move.at)) for move in moves),
        papers.get(ReferralState.RETURNED, ""),
        papers.get(ReferralState.HANDED_DOWN, ""),
    )


def _paper(desk: Desk, session: Session, commitment: bytes | None) -> str:
    """The content of a paper that is here, empty otherwise."""
    kept = session.get(SealedPaper, commitment) if commitment is not None else None
    if kept is None:
        return ""
    place = paper_at_rest(kept.commitment)
    return parse(Paper, open_at_rest(desk.storage_key, place, kept.sealed)).content
