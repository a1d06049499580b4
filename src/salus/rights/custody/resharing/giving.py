"""A present holder splits its shares again for those who come, and tells what it holds."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.ids import UnitId, record_text
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.model import Share
from salus.rights.custody.resharing.errors import BadSplit
from salus.rights.custody.resharing.messages import (
    AskHoldings,
    AskSplit,
    Holdings,
    Split,
    Splits,
    ToSplit,
    split_digest,
)
from salus.rights.custody.resharing.model import SubShare, info_reshare, split_again
from salus.rights.custody.resharing.ordering import Ordered, asked_by_owner, ordered, tell_patient
from salus.rights.custody.tables import HeldSecret


def holdings(keeper: Keeper, ask: AskHoldings) -> Holdings:
    """Which parts of a record's keys this keeper holds. Raises NotOrdered."""
    asked_by_owner(keeper, ask)
    mine = select(HeldSecret).where(HeldSecret.record == record_text(ask.record))
    with keeper.reading() as session:
        rows = session.scalars(mine.order_by(HeldSecret.unit, HeldSecret.epoch)).all()
        held = [Held.of(row) for row in rows]
    return Holdings(tuple(m.Deal(each.dealing, each.signature, each.index) for each in held))


def split(keeper: Keeper, ask: AskSplit) -> Splits:
    """Divide shares again for the set that whoever controls the record ordered.

    The patient can see it in the looks before anything leaves. Raises NotOrdered, BadSplit.
    """
    order = ordered(keeper, ask.order)
    _check_takers(keeper, order, ask.takers)
    with keeper.sessions() as session, session.begin():
        held = [_present(keeper, session, order, key) for key in ask.keys]
        tell_patient(keeper, session, order, [each.dealing for each in held])
    pairs = zip(ask.keys, held, strict=True)
    return Splits(tuple(_split(keeper, order, ask.takers, key, each) for key, each in pairs))


def _check_takers(keeper: Keeper, order: Ordered, takers: Sequence[bytes]) -> None:
    """Raises BadSplit unless each key to seal to is the one that the ledger knows of a taker."""
    known = [keeper.ledger.key_hash(org, at=order.block) for org in order.set.custodians]
    if [hpke.key_hash(taker) for taker in takers] != known:
        raise BadSplit(holder=keeper.party.name, reason="another-taker")


def _present(keeper: Keeper, session: Session, order: Ordered, key: ToSplit) -> Held:
    """The part that is in force, which is not the ordered set's already. Raises BadSplit."""
    ledger, record, block = keeper.ledger, order.order.record, order.block
    present = ledger.set_of(record, at=block)
    parts = keeper.kept.held(session, key.unit, key.epoch)
    held = next((each for each in parts if each.dealing.set == present), None)
    if held is None or held.record != record or held.index == 0:
        raise BadSplit(holder=keeper.party.name, reason="not-held")
    if ledger.is_unit_erased(record, key.unit, at=block):
        raise BadSplit(holder=keeper.party.name, reason="erased")
    if held.dealing.set == order.order.set or not _are_givers(held, key.givers):
        raise BadSplit(holder=keeper.party.name, reason="bad-givers")
    return held


def _are_givers(held: Held, givers: Sequence[int]) -> bool:
    """As many different places as open the key, this one among them."""
    dealing = held.dealing
    is_each_once = len(set(givers)) == len(givers) == dealing.k
    return is_each_once and held.index in givers and all(1 <= each <= dealing.n for each in givers)


def _split(
    keeper: Keeper, order: Ordered, takers: Sequence[bytes], key: ToSplit, held: Held
) -> Split:
    dealing, to = held.dealing, order.threshold(held.dealing.section)
    parts = split_again(Share.parse(held.open(keeper.storage_key)), key.givers, to)
    commits = tuple(part.commitment(dealing.bind(), dealing.generation + 1) for part in parts)
    signed = split_digest(
        keeper.ledger.domain,
        dealing.id(),
        order.order.set,
        giver=held.index,
        givers=key.givers,
        commits=commits,
    )
    sealed = tuple(_sealed(held, order, parts, takers))
    signature = keeper.party.signing.sign(signed)
    return Split(UnitId(dealing.unit), dealing.epoch, held.index, commits, sealed, signature)


def _sealed(
    held: Held, order: Ordered, parts: Sequence[SubShare], takers: Sequence[bytes]
) -> Iterator[bytes]:
    for part, taker, holder in zip(parts, takers, order.set.custodians, strict=True):
        info = info_reshare(held.dealing, held.index, part.taker, holder)
        yield hpke.seal(taker, info, part.message())
