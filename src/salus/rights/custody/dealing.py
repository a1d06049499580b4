"""The source's side: deal the key of a unit, and hand the parts out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey, recover
from salus.kernel.wrap import KeyDamaged, open_at_rest, seal_at_rest, wrap_keys
from salus.platform.database import PrivateTable, insert_or_replace
from salus.platform.storage import guard
from salus.platform.work import Node
from salus.rights.custody import messages as m
from salus.rights.custody.erasure import handing
from salus.rights.custody.errors import HolderFailed, KeyClosed
from salus.rights.custody.ledger import domain_of, epochs_of
from salus.rights.custody.model import Dealing, GateHalf, Share, bind, info_deal_parcel, split
from salus.rights.custody.peers import Keepers, ask_all
from salus.rights.custody.tables import Acknowledgement, DealtUnit, PreparedUnit, key_at_rest
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
    prepared: of a new epoch, its key and its parts at rest, to be handed out again after a crash
    """

    dealing: Dealing
    id: Digest
    kek: bytes = field(repr=False)
    parts: tuple[Part, ...] = ()
    prepared: bytes = field(default=b"", repr=False)

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
    present = _present_epochs(node, session, record, units)
    asked = select(DealtUnit).where(DealtUnit.unit.in_(ids))
    dealt = {(row.unit, row.epoch): row for row in session.scalars(asked)}

    def opened(unit: KnownUnit, epoch: int) -> OpenUnit:
        if row := dealt.get((unit.id, epoch)):
            return _reopen(row, storage_key)
        place = Place(record, unit, epoch)
        if epoch == FIRST_EPOCH:
            return deal(node, place, keepers=keepers, by=by)
        return prepared(node, session, place, keepers=keepers, storage_key=storage_key, by=by)

    return tuple(opened(unit, epoch) for unit, epoch in zip(units, present, strict=True))


def _present_epochs(
    node: Node, session: Session, record: RecordId, units: Sequence[KnownUnit]
) -> list[int]:
    """A record that the ledger does not know is in its first epoch."""
    if session.get(RecordRow, record_text(record)) is None:
        return [FIRST_EPOCH] * len(units)
    located = [unit.located for unit in units]
    return [in_force[-1] for in_force in epochs_of(node, record, located)]


def _reopen(row: DealtUnit, storage_key: bytes) -> OpenUnit:
    kek = open_at_rest(storage_key, key_at_rest(DealtUnit, row.unit, row.epoch), row.kek)
    if not kek:
        raise KeyClosed
    return OpenUnit(parse(Dealing, row.dealing), Digest(row.dealing_id), kek)


@dataclass(frozen=True, slots=True)
class Place:
    """What a key is drawn for: a unit of a record in an epoch."""

    record: RecordId
    unit: KnownUnit
    epoch: int


def prepared(
    node: Node,
    session: Session,
    place: Place,
    *,
    keepers: Keepers,
    storage_key: bytes,
    by: SigningKey,
) -> OpenUnit:
    """The key of a unit for a later epoch, which is kept with its parts until its holders have it.

    A unit that is new gets another id when an import is tried again. One that was there before
    keeps its id, and its holders take one key for each epoch.
    """
    key = (place.unit.id, place.epoch)
    at_rest = key_at_rest(PreparedUnit, *key)
    row = session.get(PreparedUnit, key)
    if row is not None and parse(Dealing, row.dealing).set == keepers.id:
        try:
            return _again(row, open_at_rest(storage_key, at_rest, row.sealed))
        except KeyDamaged:  # the storage key was replaced in between
            raise KeyClosed from None
    made = deal(node, place, keepers=keepers, by=by)
    message = made.kek + b"".join(part.message for part in made.parts)
    return replace(made, prepared=seal_at_rest(storage_key, at_rest, message))


def _keep_prepared(node: Node, units: Sequence[OpenUnit]) -> None:
    """Before anything leaves, in a transaction of its own."""
    rows = [
        {
            "unit": unit.dealing.unit,
            "epoch": unit.dealing.epoch,
            "dealing": canonical_bytes(unit.dealing),
            "signature": unit.parts[0].deal.signature,
            "sealed": unit.prepared,
        }
        for unit in units
        if unit.prepared
    ]
    if rows:
        with node.sessions() as session, session.begin():
            insert_or_replace(session, PreparedUnit, rows)


def _again(row: PreparedUnit, message: bytes) -> OpenUnit:
    """A prepared key as it was before: its KEK, the gateway's half, and each share."""
    dealing = parse(Dealing, row.dealing)
    kek, half, rest = message[:32], message[32 : 32 + GateHalf.SIZE], message[32 + GateHalf.SIZE :]
    shares = [rest[at : at + Share.SIZE] for at in range(0, len(rest), Share.SIZE)]
    return OpenUnit(dealing, dealing.id(), kek, _parts(dealing, row.signature, (half, *shares)))


def deal(node: Node, place: Place, *, keepers: Keepers, by: SigningKey) -> OpenUnit:
    """Draw the key of a unit for an epoch, and divide it."""
    unit, epoch = place.unit, place.epoch
    chain, registry = node.ledger.chain_id, node.contracts["CustodyRegistry"].address
    bound = bind(chain, registry, unit.id, epoch)
    k = keepers.k_of(unit.place.section)
    secret = split(bound, k, len(keepers.custodians))
    dealing = Dealing(
        chain=chain,
        registry=registry,
        unit=unit.id,
        salt=unit.salt,
        record=place.record,
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
    messages = [secret.half.message(), *(share.message() for share in secret.shares)]
    return OpenUnit(dealing, dealing_id, secret.kek, _parts(dealing, signature, messages))


def _parts(dealing: Dealing, signature: bytes, messages: Sequence[bytes]) -> tuple[Part, ...]:
    """The gateway's half, then each custodian's share."""
    return tuple(
        Part(m.Deal(dealing, signature, index), message) for index, message in enumerate(messages)
    )


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
    _keep_prepared(node, delivery.units)
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
        recover(
            m.held_digest(
                domain, ids[deal.dealing.unit], deal.index, deal.dealing.commit_of(deal.index)
            ),
            signature,
        )
        == holder
        for deal, signature in zip(parcel.deals, held.signatures, strict=True)
    )


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
            session.execute(delete(PreparedUnit).where(PreparedUnit.unit == unit.dealing.unit))
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
