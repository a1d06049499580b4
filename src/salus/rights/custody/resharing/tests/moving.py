"""Records whose keys go to other custodians, for tests."""

from collections.abc import Sequence
from dataclasses import replace

from salus.kernel.ids import RecordId
from salus.rights.custody import messages as m
from salus.rights.custody.ledger import KeeperSet
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.resharing import service
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.identity.model import Party, Roles
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


def with_tampering(keepers: Keepers, **changed: RemoteKeeper) -> Keepers:
    return replace(
        keepers,
        custodians=tuple(changed.get(each.name, each) for each in keepers.custodians),
    )


def party_of(keeper: RemoteKeeper) -> Party:
    assert isinstance(keeper, Beside)
    return keeper.keeper.party
