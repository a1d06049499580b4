"""Records whose keys go to other custodians, for tests."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from salus.kernel.ids import RecordId
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.ledger import KeeperSet
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.resharing import service
from salus.rights.custody.resharing.errors import BadSplit
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.custody.tables import HeldSecret
from salus.rights.identity.model import Roles
from salus.rights.identity.service import admit, new_party
from tests.support.scene import Beside, Scene, beside

FRESH = ("d1", "d2", "d3", "d4", "d5")


def admitted(stage: Scene, names: Sequence[str] = FRESH) -> tuple[Beside, ...]:
    """Custodians who were not here before, each with an empty store."""
    parties = [new_party(name, Roles.CUSTODIAN) for name in names]
    admit(stage.node, parties, governors=stage.consortium.governors()[:2])
    return tuple(beside(stage.node, party, m.Role.CUSTODIAN) for party in parties)


def keepers_with(
    stage: Scene, custodians: Sequence[RemoteKeeper], set_id: bytes, k: int = 3, emergency: int = 2
) -> Keepers:
    return Keepers(set_id, tuple(custodians), stage.keepers.gateway, k, emergency)


def wish(
    stage: Scene,
    record: RecordId,
    custodians: Sequence[RemoteKeeper],
    *,
    present: Keepers | None = None,
    k: int = 3,
) -> Move:
    """Keys on their way: the wish is written down, and its set is on the ledger."""
    row = service.begin(stage.node, record, [each.name for each in custodians])
    coming = keepers_with(stage, custodians, row.set, k, min(2, k))
    members = KeeperSet(
        tuple(each.member.address for each in custodians),
        coming.gateway.member.address,
        coming.k,
        coming.k_emergency,
    )
    move = Move(
        stage.node,
        record,
        present or stage.keepers,
        coming,
        stage.desk.source,
        stage.wallet(record),
        stage.desk.storage_key,
    )
    service.define(stage.node, move.set, members, by=stage.desk.source)
    return move


def stage_of(move: Move) -> Stage:
    with move.node.reading() as session:
        return Stage(session.get_one(Resharing, f"{move.record:032x}").stage)


def until(move: Move, stage: Stage) -> None:
    """Go on until that stage is next."""

    class Enough(Exception):
        pass

    def step(next_: Stage) -> None:
        if next_ is stage:
            raise Enough

    try:
        service.pursue(move, step=step)
    except Enough:
        return


def some(count: int = 5) -> list[str]:
    return [f"n{secrets.token_hex(4)}" for _ in range(count)]


def reason(verb: Callable[..., Any], keeper: Keeper, ask: object) -> str:
    with pytest.raises(BadSplit) as raised:
        verb(keeper, ask)
    assert raised.value.details["holder"] == keeper.party.name
    return str(raised.value.details["reason"])


def own_parts(keeper: Keeper, record: RecordId) -> list[Held]:
    with keeper.reading() as session:
        mine = select(HeldSecret).where(HeldSecret.record == f"{record:032x}")
        return [Held.of(row) for row in session.scalars(mine)]
