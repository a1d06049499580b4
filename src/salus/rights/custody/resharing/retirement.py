"""The source's side of deletion: who still holds what is not in force, and the receipts."""

from collections.abc import Mapping, Sequence

from salus.kernel.ids import Digest, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.custody.erasure.messages import (
    Erase,
    Erased,
    HeldPart,
    deleted_digest,
    is_signed_by,
)
from salus.rights.custody.ledger import domain_of, set_of
from salus.rights.custody.model import Dealing
from salus.rights.custody.peers import Keepers, RemoteKeeper, ask_all
from salus.rights.custody.resharing import doors
from salus.rights.custody.resharing.errors import BadSplit
from salus.rights.custody.resharing.messages import Retire
from salus.rights.custody.resharing.move import order
from salus.rights.custody.resharing.tables import RetiredKey
from salus.rights.notary import service as notary
from salus.rights.notary.model import deletion_leaf


def still_held(
    node: Node, replaced: Sequence[Dealing], places: Sequence[tuple[int, RemoteKeeper]]
) -> dict[str, tuple[HeldPart, ...]]:
    """By the name of a holder: the parts of old dealings that it has not signed for.

    `places`: holders by their index, 0 of the gateway.
    """
    found: dict[str, tuple[HeldPart, ...]] = {}
    with node.reading() as session:
        for index, keeper in places:
            holder = keeper.member.address
            left = [
                part
                for part in (_part(old, index) for old in replaced)
                if session.get(RetiredKey, (holder, part.unit, part.epoch, part.commit)) is None
            ]
            if left:
                found[keeper.name] = tuple(left)
    return found


def _part(old: Dealing, index: int) -> HeldPart:
    return HeldPart(UnitId(old.unit), old.epoch, index, old.commit_of(index))


def ask_retire(
    node: Node,
    record: RecordId,
    keepers: Keepers,
    parts: Mapping[str, tuple[HeldPart, ...]],
    *,
    by: SigningKey,
) -> tuple[str, ...]:
    """Let holders delete parts, and queue their receipts; the names of those who did not answer.

    `by` controls the record, or is its source. Raises what a holder objects.
    """
    set_id = Digest(set_of(node, record))
    asked = {name: Retire(order(node, record, set_id, by=by), each) for name, each in parts.items()}
    chosen = [keeper for keeper in keepers.all() if keeper.name in asked]
    answers, errors = ask_all(chosen, lambda keeper: doors.retire(keeper, asked[keeper.name]))
    for keeper in chosen:
        if answer := answers.get(keeper.name):
            _keep_receipts(node, record, keeper, asked[keeper.name].parts, answer)
    clear = [error for error in errors.values() if error.status < 500]
    if clear:
        raise clear[0]
    return tuple(sorted(errors))


def _keep_receipts(
    node: Node,
    record: RecordId,
    keeper: RemoteKeeper,
    parts: Sequence[HeldPart],
    answer: Erased,
) -> None:
    """Raises BadSplit for receipts that the holder did not sign."""
    domain, holder = domain_of(node), keeper.member.address
    if not is_signed_by(holder, domain, Erase(record, tuple(parts), ()), answer):
        raise BadSplit(holder=keeper.name, reason="bad-signature")
    with node.sessions() as session, session.begin():
        for part, signature in zip(parts, answer.signatures, strict=True):
            digest = deleted_digest(domain, part, answer.time)
            notary.queue(Work(node, session), deletion_leaf(digest, signature))
            session.merge(
                RetiredKey(
                    holder=holder,
                    unit=part.unit,
                    epoch=part.epoch,
                    commit=part.commit,
                    record=record_text(record),
                    index=part.index,
                    time=answer.time,
                    signature=signature,
                )
            )
