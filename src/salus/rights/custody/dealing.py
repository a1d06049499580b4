"""The source's side: deal the key of a unit, and hand the parts out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey, recover
from salus.kernel.wrap import open_at_rest, seal_at_rest, wrap_keys
from salus.platform.database import PrivateTable
from salus.platform.storage import guard
from salus.platform.work import Node
from salus.rights.custody import messages as m
from salus.rights.custody.erasure import handing
from salus.rights.custody.errors import HolderFailed, KeyClosed
from salus.rights.custody.ledger import domain_of, epochs_of
from salus.rights.custody.model import Dealing, UnitSecret, bind, info_deal_parcel, split
from salus.rights.custody.peers import Keepers, ask_all
from salus.rights.custody.tables import Acknowledgement, DealtUnit, key_at_rest
from salus.rights.identity.model import Member
from salus.rights.records.model import Version
from salus.rights.records.service import KnownUnit
from salus.rights.records.tables import RecordRow
from salus.rights.records.versions import Keyed, SignedManifest

FIRST_EPOCH = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a unit's key before it is sealed to its holder. The repr does not show it."""

    deal: m.Deal
    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenUnit:
    """A unit whose key the source still holds, so that it can add objects.

    parts: of a new unit, the gateway's half and then each custodian's share
    """

    dealing: Dealing
    id: Digest
    kek: bytes = field(repr=False)
    parts: tuple[Part, ...] = ()

    @property
    def is_new(self) -> bool:
        return bool(self.parts)


def open_units(
    node: Node,
    session: Session,
    *,
    record: RecordId,
    units: Sequence[KnownUnit],
    keepers: Keepers,
    storage_key: bytes,
    by: SigningKey,
) -> tuple[OpenUnit, ...]:
    """The key of each unit in its present epoch: the one dealt before, or a new one with its parts.

    Raises KeyClosed where the source has dropped the key of an epoch that has not ended yet.
    """
    ids = [unit.id for unit in units]
    present = _present_epochs(node, session, record, ids)
    asked = select(DealtUnit).where(DealtUnit.unit.in_(ids))
    dealt = {(row.unit, row.epoch): row for row in session.scalars(asked)}
    return tuple(
        _reopen(dealt[unit.id, epoch], storage_key)
        if (unit.id, epoch) in dealt
        else _deal(node, record=record, unit=unit, epoch=epoch, keepers=keepers, by=by)
        for unit, epoch in zip(units, present, strict=True)
    )


def _present_epochs(
    node: Node, session: Session, record: RecordId, units: Sequence[UnitId]
) -> list[int]:
    """A record that the ledger does not know is in its first epoch."""
    if session.get(RecordRow, record_text(record)) is None:
        return [FIRST_EPOCH] * len(units)
    return [in_force[-1] for in_force in epochs_of(node, record, units)]


def _reopen(row: DealtUnit, storage_key: bytes) -> OpenUnit:
    kek = open_at_rest(storage_key, key_at_rest(DealtUnit, row.unit, row.epoch), row.kek)
    if not kek:
        raise KeyClosed
    return OpenUnit(parse(Dealing, row.dealing), Digest(row.dealing_id), kek)


def _deal(
    node: Node,
    *,
    record: RecordId,
    unit: KnownUnit,
    epoch: int,
    keepers: Keepers,
    by: SigningKey,
) -> OpenUnit:
    """Draw the key of a unit for an epoch, and divide it."""
    chain, registry = node.ledger.chain_id, node.contracts["CustodyRegistry"].address
    bound = bind(chain, registry, unit.id, epoch)
    k = keepers.k_of(unit.place.section)
    secret = split(bound, k, len(keepers.custodians))
    dealing = Dealing(
        chain=chain,
        registry=registry,
        unit=unit.id,
        salt=unit.salt,
        record=record,
        section=unit.place.section,
        kind=unit.place.kind,
        ordinal=0,
        epoch=epoch,
        generation=0,
        k=k,
        n=len(keepers.custodians),
        set=Digest(keepers.id),
        share_commits=tuple(share.commitment(bound, 0) for share in secret.shares),
        gate_commit=secret.half.commitment(bound),
        kek_check=secret.check,
        dealer=by.address,
        dealt_at=node.clock.now(),
    )
    dealing_id = dealing.id()
    signature = by.sign(m.dealing_digest(domain_of(node), dealing_id))
    parts = tuple(
        Part(m.Deal(dealing, signature, index), message)
        for index, message in enumerate(_messages(secret))
    )
    return OpenUnit(dealing, dealing_id, secret.kek, parts)


def _messages(secret: UnitSecret) -> Iterator[bytes]:
    """The gateway's half, then each custodian's share."""
    yield secret.half.message()
    yield from (share.message() for share in secret.shares)


@dataclass(frozen=True, slots=True)
class Acks:
    """Who signed that it holds what: dealing id, holder's address, signature.

    `objects` are those that were handed out with it.
    """

    rows: tuple[tuple[Digest, bytes, bytes], ...]
    objects: tuple[ObjectId, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What keepers get together: keys of units, the objects under them, the version they make."""

    units: Sequence[OpenUnit]
    keyed: Sequence[Keyed]
    manifests: Sequence[SignedManifest]
    versions: tuple[Version, ...] = ()


def hand_out(
    node: Node,
    keepers: Keepers,
    delivery: Delivery,
    *,
    spare: int,
) -> Acks:
    """Give every keeper its part; the gateway and k + `spare` custodians must sign for theirs.

    Raises HolderFailed; parts that were handed out then belong to nothing and open nothing.
    """
    parcels = _parcels(keepers, delivery)
    leaving = _leaving(delivery)
    handing.note(node, leaving)
    ids = {unit.dealing.unit: unit.id for unit in delivery.units}
    addresses = {keeper.name: keeper.member.address for keeper in keepers.all()}
    domain = domain_of(node)
    answers, _ = ask_all(keepers.all(), lambda keeper: keeper.hold(parcels[keeper.name]))
    good = {
        name: held
        for name, held in answers.items()
        if _is_signed(domain, addresses[name], parcels[name], held, ids)
    }
    needed = min(keepers.k + spare, len(keepers.custodians)) + 1
    if keepers.gateway.name not in good or len(good) < needed:
        raise HolderFailed(held=len(good), needed=needed)
    if keepers.courier is not None:
        bodies = {each.sealed.segment_root: each.sealed.body for each in delivery.keyed}
        keepers.courier.bring(bodies)
    return Acks(
        tuple(
            (ids[deal.dealing.unit], addresses[name], signature)
            for name, held in good.items()
            for deal, signature in zip(parcels[name].deals, held.signatures, strict=True)
        ),
        tuple(each.object_id for each in leaving),
    )


def _leaving(delivery: Delivery) -> list[handing.Leaving]:
    units = {unit.dealing.unit: unit for unit in delivery.units}
    return [
        handing.Leaving(
            signed.manifest.id(),
            signed.manifest.segment_root,
            units[each.unit].dealing,
            units[each.unit].is_new,
        )
        for each, signed in zip(delivery.keyed, delivery.manifests, strict=True)
    ]


def _parcels(keepers: Keepers, delivery: Delivery) -> dict[str, m.Hold]:
    units = delivery.units
    new = [unit for unit in units if unit.is_new]
    parcels = {
        keeper.name: parcel(keeper.member, [unit.parts[index] for unit in new])
        for index, keeper in enumerate((keepers.gateway, *keepers.custodians))
    }
    keks = {unit.dealing.unit: unit.kek for unit in units}
    objects = tuple(
        m.StoreObject(
            signed.manifest,
            signed.signature,
            wrap_keys(keks[each.unit], each.sealed.dek, each.sealed.seed),
        )
        for each, signed in zip(delivery.keyed, delivery.manifests, strict=True)
    )
    stored = replace(parcels[keepers.gateway.name], objects=objects, versions=delivery.versions)
    return parcels | {keepers.gateway.name: stored}


def parcel(holder: Member, parts: Sequence[Part]) -> m.Hold:
    """Parts of keys in one message that only this holder opens, as these parts in this order."""
    deals = tuple(part.deal for part in parts)
    if not deals:
        return m.Hold((), b"", (), ())
    info = info_deal_parcel([(deal.dealing, deal.index) for deal in deals], holder.address)
    message = b"".join(part.message for part in parts)
    return m.Hold(deals, hpke.seal(holder.sealing, info, message), (), ())


def _is_signed(
    domain: bytes,
    holder: Address,
    parcel: m.Hold,
    held: m.Held,
    ids: Mapping[UnitId, Digest],
) -> bool:
    if len(held.signatures) != len(parcel.deals):
        return False
    return all(
        recover(m.held_digest(domain, ids[deal.dealing.unit], deal.index, _commit(deal)), signature)
        == holder
        for deal, signature in zip(parcel.deals, held.signatures, strict=True)
    )


def _commit(deal: m.Deal) -> Digest:
    dealing = deal.dealing
    return dealing.share_commits[deal.index - 1] if deal.index else dealing.gate_commit


def keep(session: Session, units: Sequence[OpenUnit], acks: Acks, *, storage_key: bytes) -> None:
    """Remember the keys of new units, and who holds their parts. Raises KeyReplaced."""
    guard(session, storage_key)
    handing.forget(session, acks.objects)
    rows: dict[type[PrivateTable], list[dict[str, object]]] = {
        DealtUnit: [_unit_row(unit, storage_key) for unit in units if unit.is_new],
        Acknowledgement: [
            {"dealing_id": dealing_id, "holder": holder, "signature": signature}
            for dealing_id, holder, signature in acks.rows
        ],
    }
    connection = session.connection()
    for table, values in rows.items():
        if values:
            connection.execute(insert(table), values)
    for unit in units:
        if unit.is_new and unit.dealing.epoch != FIRST_EPOCH:
            close(session, unit.dealing.unit, below=unit.dealing.epoch, storage_key=storage_key)


def close(session: Session, unit: UnitId, *, below: int, storage_key: bytes) -> None:
    """Drop the keys of earlier epochs of a unit: nothing is added under them any more.

    What was dealt, and to whom, stays known.
    """
    earlier = select(DealtUnit).where(DealtUnit.unit == unit, DealtUnit.epoch < below)
    for row in session.scalars(earlier):
        row.kek = seal_at_rest(storage_key, key_at_rest(DealtUnit, unit, row.epoch), b"")


def _unit_row(unit: OpenUnit, storage_key: bytes) -> dict[str, object]:
    dealing = unit.dealing
    place = key_at_rest(DealtUnit, dealing.unit, dealing.epoch)
    return {
        "unit": dealing.unit,
        "epoch": dealing.epoch,
        "dealing": canonical_bytes(dealing),
        "dealing_id": unit.id,
        "kek": seal_at_rest(storage_key, place, unit.kek),
    }
