"""What keeps the keys of records: who answers, which parts are held, what is on its way."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from salus.kernel.documents import parse, text
from salus.kernel.ids import Address, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.custody.erasure.model import Stage as Erasing
from salus.rights.custody.erasure.shredding import chunks
from salus.rights.custody.erasure.tables import ErasureRow
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.logbook.messages import AskLog, LogHead
from salus.rights.custody.logbook.tables import KnownHead
from salus.rights.custody.messages import Deal
from salus.rights.custody.model import Dealing
from salus.rights.custody.peers import Keepers, RemoteKeeper, ask_all
from salus.rights.custody.resharing import doors
from salus.rights.custody.resharing.move import question
from salus.rights.custody.resharing.tables import Drill, Resharing
from salus.rights.custody.tables import Acknowledgement


@dataclass(frozen=True, slots=True)
class KeeperState:
    """A keeper: whether it answers, how long its log is, and how much of it is anchored.

    `log` is None where it did not answer, `anchored_at` in seconds, 0 for never.
    """

    name: str
    log: int | None
    anchored: int
    anchored_at: int
    is_forked: bool


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key in one epoch: how many of how many open it, and who lacks a part of it.

    `lost`: who lacks one and signed once that it holds it.
    """

    unit: UnitId
    section: int
    epoch: int
    generation: int
    k: int
    n: int
    lacking: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordState:
    """The keys of a record, when they were tried last, and where they are going."""

    keys: tuple[KeyState, ...]
    silent: tuple[str, ...]
    drill: Drill | None
    resharing: Resharing | None


def keeper_states(node: Node, keepers: Sequence[RemoteKeeper]) -> list[KeeperState]:
    """Ask every keeper for the head of its log."""
    ask = text(AskLog(0))
    answers, _ = ask_all(
        keepers, lambda keeper: parse(LogHead, keeper.peer.post("/custody/log/head", ask))
    )
    with node.reading() as session:
        known = {row.holder: row for row in session.scalars(select(KnownHead))}
    return [
        _keeper_state(keeper, answers.get(keeper.name), known.get(keeper.member.address))
        for keeper in keepers
    ]


def _keeper_state(
    keeper: RemoteKeeper, head: LogHead | None, known: KnownHead | None
) -> KeeperState:
    return KeeperState(
        keeper.name,
        head.size if head else None,
        known.size if known else 0,
        known.at if known else 0,
        known is not None and known.is_forked,
    )


def erasures_waiting(node: Node) -> int:
    """Erasures that not every keeper has signed for."""
    with node.reading() as session:
        waiting = ErasureRow.stage != Erasing.PROVED.value
        return session.scalar(select(func.count()).select_from(ErasureRow).where(waiting)) or 0


def record_state(node: Node, keepers: Keepers, record: RecordId, *, by: SigningKey) -> RecordState:
    """What the keepers of a record hold of it; `by` is its source or controls it."""
    asked = question(node, record, by=by)
    answers, errors = ask_all(keepers.all(), lambda keeper: doors.holdings(keeper, asked))
    held = {name: list(each.deals) for name, each in answers.items()}
    with node.reading() as session:
        drill = session.get(Drill, record_text(record))
        moving = session.get(Resharing, record_text(record))
    return RecordState(
        tuple(_keys(node, keepers, record, held)), tuple(sorted(errors)), drill, moving
    )


def _keys(
    node: Node, keepers: Keepers, record: RecordId, held: dict[str, list[Deal]]
) -> list[KeyState]:
    """The keys in force, each once, whoever of the keepers told of it."""
    dealings = {
        (deal.dealing.section, deal.dealing.unit, deal.dealing.epoch): deal.dealing
        for deals in held.values()
        for deal in deals
        if deal.dealing.set == keepers.id
    }
    units = list(dict.fromkeys((UnitId(unit), section) for section, unit, _ in dealings))
    found = zip(units, epochs_of(node, record, units), strict=True)
    in_force = {unit: epochs for (unit, _), epochs in found}
    signed = _signed(node, keepers, list(dealings.values()))
    return [
        _key_state(dealing, held, signed.get(dealing.id(), frozenset()))
        for _, dealing in sorted(dealings.items(), key=lambda each: each[0])
        if dealing.epoch in in_force[UnitId(dealing.unit)]
    ]


def _signed(
    node: Node, keepers: Keepers, dealings: Sequence[Dealing]
) -> dict[bytes, frozenset[str]]:
    """By the id of a dealing, which keepers signed that they hold their parts of it."""
    names = {keeper.member.address: keeper.name for keeper in keepers.all()}
    asked = [dealing.id() for dealing in dealings]
    found: dict[bytes, set[str]] = {}
    with node.reading() as session:
        for ids in chunks(asked):
            mine = select(Acknowledgement).where(Acknowledgement.dealing_id.in_(ids))
            for row in session.scalars(mine):
                if (holder := Address(row.holder)) in names:
                    found.setdefault(row.dealing_id, set()).add(names[holder])
    return {identity: frozenset(each) for identity, each in found.items()}


def _key_state(dealing: Dealing, held: dict[str, list[Deal]], signed: frozenset[str]) -> KeyState:
    lacking = [
        name for name, deals in held.items() if dealing not in [deal.dealing for deal in deals]
    ]
    return KeyState(
        UnitId(dealing.unit),
        dealing.section,
        dealing.epoch,
        dealing.generation,
        dealing.k,
        dealing.n,
        tuple(sorted(lacking)),
        tuple(sorted(signed.intersection(lacking))),
    )
