"""Bring the keys of a record to other custodians: from the wish to the deletion of the old shares.

The source coordinates and signs the new dealings; it sees sealed parts and commitments only. Every
step may be done twice and is written down in one transaction, so that whatever ends the process,
the next one goes on where it stopped. Until the ledger names the new set, the present holders keep
what they have and go on answering.
"""

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Node, Work
from salus.rights.custody.ledger import KeeperSet, assign, define_set, is_set, set_of
from salus.rights.custody.resharing import handing
from salus.rights.custody.resharing.drilling import Drilled, drill, keep_drill
from salus.rights.custody.resharing.errors import DrillFailed, UnderWay
from salus.rights.custody.resharing.messages import Dealt, Spread
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.remembering import (
    begin_next_epochs,
    keep_acks,
    keep_dealings,
)
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party
from salus.rights.records.service import all_units

Step = Callable[[Stage], None]


def begin(node: Node, record: RecordId, names: Sequence[str]) -> Resharing:
    """Write down where the keys are to go, with a fresh id of the set that is to keep them.

    The same wish again goes on with the same set. Raises UnderWay when there is another.
    """
    text, earlier = ", ".join(names), set_of(node, record)
    with node.sessions() as session, session.begin():
        row = session.get(Resharing, record_text(record))
        if row is not None and row.stage != Stage.DONE:
            if row.names != text:
                raise UnderWay(names=row.names)
            return row
        return session.merge(
            Resharing(
                record=record_text(record),
                set=secrets.token_bytes(32),
                earlier=earlier,
                names=text,
                stage=Stage.BEGUN,
                content=b"",
                begun_at=seconds(node.clock.now()),
            )
        )


def refuse_under_way(node: Node, record: RecordId) -> None:
    """Raises UnderWay while keys of a record are on their way to other holders."""
    with node.reading() as session:
        row = session.get(Resharing, record_text(record))
        if row is not None and row.stage != Stage.DONE:
            raise UnderWay(names=row.names)


def define(node: Node, set_id: bytes, keepers: KeeperSet, *, by: Party) -> None:
    """Put the set on the ledger, once."""
    if not is_set(node, set_id):
        send(node, define_set(node, set_id, keepers, by=by.signing))


def pursue(move: Move, *, step: Step = lambda _: None) -> tuple[str, ...]:
    """Do what is left to do; the names of those who have not deleted their old shares yet.

    Raises HoldersMissing, HolderFailed, BadSplit and DrillFailed; nothing is lost then.
    """
    for stage, verb in _STEPS:
        if _stage(move) is stage:
            step(stage)
            verb(move)
    return () if _stage(move) is Stage.DONE else handing.waiting(move, _dealt(move))


def _stage(move: Move) -> Stage:
    with move.node.reading() as session:
        return Stage(session.get_one(Resharing, record_text(move.record)).stage)


def _content(move: Move) -> bytes:
    with move.node.reading() as session:
        return session.get_one(Resharing, record_text(move.record)).content


def _done(session: Session, move: Move, stage: Stage, content: bytes | None = None) -> None:
    """What the step before has gathered stays unless this one has something else."""
    row = session.get_one(Resharing, record_text(move.record))
    row.stage, row.content = stage, row.content if content is None else content


def _write(move: Move, stage: Stage, content: bytes | None = None) -> None:
    with move.node.sessions() as session, session.begin():
        _done(session, move, stage, content)


def _dealt(move: Move) -> Dealt:
    return parse(Dealt, _content(move))


def _split(move: Move) -> None:
    """Let enough present holders split what they have. A second try throws the first away."""
    _write(move, Stage.SPLIT, canonical_bytes(handing.split_all(move)))


def _join(move: Move) -> None:
    """Let the new holders add up, and sign the dealings with what they commit to."""
    spread = parse(Spread, _content(move))
    _write(move, Stage.JOINED, canonical_bytes(handing.join_all(move, spread)))


def _adopt(move: Move) -> None:
    """Let the new holders and the gateway keep their parts beside the present ones."""
    acks = handing.adopt_all(move, _dealt(move))
    with move.node.sessions() as session, session.begin():
        keep_acks(session, acks)
        _done(session, move, Stage.ADOPTED)


def _try(move: Move) -> None:
    """Try the new shares, each of them, before anything old goes."""
    with move.node.reading() as session:
        units = all_units(session, move.record)
    found = drill(move.node, move.coming, move.record, units, by=move.controller, trying=move.set)
    _refuse_bad(found)
    with move.node.sessions() as session, session.begin():
        keep_drill(Work(move.node, session), move.record, found)
        _done(session, move, Stage.TRIED)


def _refuse_bad(found: Drilled) -> None:
    """Every share of every key must be right, and there. Raises DrillFailed."""
    if not found.keys or found.failed or found.names:
        raise DrillFailed(names=found.names)


def _assign(move: Move) -> None:
    """Let the ledger name the new set: from that block on its holders answer."""
    if set_of(move.node, move.record) != move.set:
        send(move.node, assign(move.node, move.record, move.set, by=move.controller))
    dealt = _dealt(move)
    with move.node.sessions() as session, session.begin():
        keep_dealings(session, dealt)
        _done(session, move, Stage.ASSIGNED)


def _bump(move: Move) -> None:
    """What is written from now on has keys that the old holders never had a share of."""
    begin_next_epochs(move, _dealt(move))
    _write(move, Stage.BUMPED)


def _retire(move: Move) -> None:
    """Let the old shares be deleted; who does not answer is asked again the next time."""
    if not handing.retire_all(move, _dealt(move)):
        _write(move, Stage.DONE, b"")


_STEPS: tuple[tuple[Stage, Callable[[Move], None]], ...] = (
    (Stage.BEGUN, _split),
    (Stage.SPLIT, _join),
    (Stage.JOINED, _adopt),
    (Stage.ADOPTED, _try),
    (Stage.TRIED, _assign),
    (Stage.ASSIGNED, _bump),
    (Stage.BUMPED, _retire),
)
