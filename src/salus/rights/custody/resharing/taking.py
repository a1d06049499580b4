"""A new holder adds up what others split, and keeps it once the source has signed for it."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import H
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, record_text
from salus.kernel.secp256k1 import recover
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.storage import guard
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.model import Dealing, Share, is_well_formed, same_key, share_is_good
from salus.rights.custody.resharing.errors import BadSplit
from salus.rights.custody.resharing.messages import Adopt, Given, Join, Joined, Taken, split_digest
from salus.rights.custody.resharing.model import SubShare, add_up, info_reshare
from salus.rights.custody.resharing.ordering import Ordered, ordered, tell_patient
from salus.rights.custody.resharing.tables import JoinedShare, joined_at_rest
from salus.rights.custody.tables import HeldSecret, key_at_rest


def join(keeper: Keeper, ask: Join) -> Joined:
    """Add up the parts of each key; the same parts twice give the same share.

    Raises NotOrdered, and BadSplit where a part is not what its giver signed. Nothing is kept then.
    """
    order = ordered(keeper, ask.order)
    place = _own_place(keeper, order)
    taken = [(key, _parts(keeper, order, key, place)) for key in ask.keys]
    with keeper.sessions() as session, session.begin():
        guard(session, keeper.storage_key)
        rows = [_joined(keeper, session, order, key, parts) for key, parts in taken]
    return Joined(tuple(Digest(row.commit) for row in rows))


def _own_place(keeper: Keeper, order: Ordered) -> int:
    try:
        return order.place_of(keeper.party.address)
    except ValueError:
        raise BadSplit(holder=keeper.party.name, reason="not-a-holder") from None


def _parts(keeper: Keeper, order: Ordered, key: Taken, place: int) -> list[SubShare]:
    """One part of each giver, opened and checked. Raises BadSplit."""
    _check_dealing(keeper, order, key.dealing, key.dealt)
    givers = tuple(each.giver for each in key.given)
    if place == 0 or len(set(givers)) != len(givers) or len(givers) != key.dealing.k:
        raise BadSplit(holder=keeper.party.name, reason="bad-givers")
    return [_part(keeper, order, key.dealing, givers, each) for each in key.given]


def _check_dealing(keeper: Keeper, order: Ordered, dealing: Dealing, signature: bytes) -> None:
    """Raises BadSplit for a dealing of another record, or that its source did not sign."""
    record = order.order.record
    signer = recover(m.dealing_digest(keeper.ledger.domain, dealing.id()), signature)
    is_dealt = signer is not None and signer == dealing.dealer
    is_source = is_dealt and keeper.ledger.is_source_of(dealing.dealer, record, at=order.block)
    if not is_source or dealing.record != record or not is_well_formed(dealing):
        raise BadSplit(holder=keeper.party.name, reason="bad-dealing")


def _part(
    keeper: Keeper, order: Ordered, dealing: Dealing, givers: Sequence[int], given: Given
) -> SubShare:
    signed = split_digest(
        keeper.ledger.domain,
        dealing.id(),
        order.order.set,
        giver=given.giver,
        givers=givers,
        commits=given.commits,
    )
    place = order.place_of(keeper.party.address)
    if recover(signed, given.signature) != _giver(keeper, order, dealing, given.giver):
        raise BadSplit(holder=keeper.party.name, reason="bad-signature")
    try:
        info = info_reshare(dealing, given.giver, place, keeper.party.address)
        part = SubShare.parse(keeper.party.sealing.open(info, given.sealed))
        commit = part.commitment(dealing.bind(), dealing.generation + 1)
        is_good = commit == given.commits[place - 1]
    except (SalusError, ValueError, IndexError, OverflowError):
        raise BadSplit(holder=keeper.party.name, reason="not-for-me") from None
    if not is_good or (part.giver, part.taker) != (given.giver, place):
        raise BadSplit(holder=keeper.party.name, reason="bad-commitment")
    return part


def _giver(keeper: Keeper, order: Ordered, dealing: Dealing, index: int) -> bytes:
    """The organization at a place of the set that the dealing names."""
    found = keeper.ledger.set_by_id(dealing.set, at=order.block)
    if found is None or not 1 <= index <= len(found.custodians):
        raise BadSplit(holder=keeper.party.name, reason="bad-givers")
    return found.custodians[index - 1]


def _joined(
    keeper: Keeper, session: Session, order: Ordered, key: Taken, parts: Sequence[SubShare]
) -> JoinedShare:
    """The row of a share; one that was added up from other parts and not adopted is replaced."""
    dealing, generation = key.dealing, key.dealing.generation + 1
    place = (dealing.unit, dealing.epoch, generation)
    hashed = H(order.order.set, *(part.message() for part in parts))
    row = session.get(JoinedShare, place)
    if row is not None and row.parts == hashed:
        return row
    share = add_up(parts)
    sealed = seal_at_rest(keeper.storage_key, joined_at_rest(*place), share.message())
    return session.merge(
        JoinedShare(
            unit=dealing.unit,
            epoch=dealing.epoch,
            generation=generation,
            record=record_text(dealing.record),
            set=order.order.set,
            parts=hashed,
            commit=share.commitment(dealing.bind(), generation),
            sealed=sealed,
        )
    )


def adopt(keeper: Keeper, ask: Adopt) -> m.Held:
    """Keep what was added up, under the dealing that the source signed; twice is once.

    It stays beside the present part until the ledger names the new set. Raises NotOrdered,
    BadSplit.
    """
    order = ordered(keeper, ask.order)
    place = _own_place(keeper, order)
    with keeper.sessions() as session, session.begin():
        guard(session, keeper.storage_key)
        for deal in ask.deals:
            _check_dealing(keeper, order, deal.dealing, deal.signature)
            if deal.index != place or deal.dealing.set != order.order.set:
                raise BadSplit(holder=keeper.party.name, reason="another-place")
            _adopt(keeper, session, deal)
        if keeper.role is m.Role.GATEWAY:
            tell_patient(keeper, session, order, [deal.dealing for deal in ask.deals])
    keeper.kept.forget()
    sign, domain = keeper.party.signing.sign, keeper.ledger.domain
    return m.Held(tuple(sign(_held_digest(domain, deal)) for deal in ask.deals))


def _held_digest(domain: bytes, deal: m.Deal) -> bytes:
    dealing = deal.dealing
    commit = dealing.commit_of(deal.index)
    return m.held_digest(domain, dealing.id(), deal.index, commit)


def _adopt(keeper: Keeper, session: Session, deal: m.Deal) -> None:
    dealing = deal.dealing
    place = (dealing.unit, dealing.epoch, dealing.generation)
    row = session.get(HeldSecret, place)
    content = canonical_bytes(dealing)
    if row is not None:
        if row.dealing != content:
            raise BadSplit(holder=keeper.party.name, reason="already-dealt")
        return
    message, origin = (_share if deal.index else _half)(keeper, session, dealing)
    session.add(
        HeldSecret(
            unit=dealing.unit,
            epoch=dealing.epoch,
            generation=dealing.generation,
            record=record_text(dealing.record),
            index=deal.index,
            origin=origin,
            dealing=content,
            signature=deal.signature,
            sealed=seal_at_rest(keeper.storage_key, key_at_rest(HeldSecret, *place), message),
        )
    )


def _share(keeper: Keeper, session: Session, dealing: Dealing) -> tuple[bytes, bytes]:
    """A share that was added up, which must fit what the dealing says of it."""
    place = (dealing.unit, dealing.epoch, dealing.generation)
    row = session.get(JoinedShare, place)
    if row is None or row.set != dealing.set:
        raise BadSplit(holder=keeper.party.name, reason="not-joined")
    message = open_at_rest(keeper.storage_key, joined_at_rest(*place), row.sealed)
    if not share_is_good(dealing, Share.parse(message)):
        raise BadSplit(holder=keeper.party.name, reason="bad-commitment")
    session.execute(
        delete(JoinedShare).where(
            JoinedShare.unit == dealing.unit, JoinedShare.epoch == dealing.epoch
        )
    )
    return message, b""


def _half(keeper: Keeper, session: Session, dealing: Dealing) -> tuple[bytes, bytes]:
    """The gateway's half stays what it is; it keeps the dealing that the objects name."""
    held = keeper.kept.held(session, dealing.unit, dealing.epoch)
    if not held or held[-1].index != 0 or not same_key(held[-1].dealing, dealing):
        raise BadSplit(holder=keeper.party.name, reason="not-held")
    last = held[-1]
    origin = last.origins[0] if last.origins else last.dealing
    return last.open(keeper.storage_key), canonical_bytes(origin)
