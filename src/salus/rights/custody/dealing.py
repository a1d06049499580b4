"""The source's side: deal the key of a unit, and hand the parts out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey, recover
from salus.kernel.wrap import open_at_rest, seal_at_rest, wrap_keys
from salus.platform.work import Node
from salus.rights.custody import messages as m
from salus.rights.custody.errors import HolderFailed
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.model import (
    Dealing,
    UnitSecret,
    bind,
    info_deal_gate,
    info_deal_share,
    split,
)
from salus.rights.custody.peers import Keepers, ask_all
from salus.rights.custody.tables import Acknowledgement, DealtUnit, key_at_rest
from salus.rights.records.model import Version
from salus.rights.records.service import KnownUnit
from salus.rights.records.versions import Keyed, SignedManifest

FIRST_EPOCH = 0


@dataclass(frozen=True, slots=True)
class OpenUnit:
    """A unit whose key the source still holds, so that it can add objects."""

    dealing: Dealing
    id: Digest
    kek: bytes = field(repr=False)
    deals: tuple[m.Deal, ...] = ()

    @property
    def is_new(self) -> bool:
        return bool(self.deals)


def open_unit(
    node: Node,
    session: Session,
    *,
    record: RecordId,
    unit: KnownUnit,
    keepers: Keepers,
    storage_key: bytes,
    by: SigningKey,
) -> OpenUnit:
    """The key of a unit: the one dealt before, or a new one with its parts."""
    row = session.get(DealtUnit, (unit.id, FIRST_EPOCH))
    if row is None:
        return _deal(node, record=record, unit=unit, keepers=keepers, by=by)
    kek = open_at_rest(storage_key, key_at_rest(DealtUnit, row.unit, row.epoch), row.kek)
    return OpenUnit(parse(Dealing, row.dealing), Digest(row.dealing_id), kek)


def _deal(
    node: Node, *, record: RecordId, unit: KnownUnit, keepers: Keepers, by: SigningKey
) -> OpenUnit:
    chain, registry = node.ledger.chain_id, node.contracts["CustodyRegistry"].address
    bound = bind(chain, registry, unit.id, FIRST_EPOCH)
    secret = split(bound, keepers.k, len(keepers.custodians))
    dealing = Dealing(
        chain=chain,
        registry=registry,
        unit=unit.id,
        salt=unit.salt,
        record=record,
        section=unit.place.section,
        kind=unit.place.kind,
        ordinal=0,
        epoch=FIRST_EPOCH,
        generation=0,
        k=keepers.k,
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
    deals = tuple(
        m.Deal(dealing, signature, index, sealed)
        for index, sealed in enumerate(_sealed_parts(dealing, secret, keepers))
    )
    return OpenUnit(dealing, dealing_id, secret.kek, deals)


def _sealed_parts(dealing: Dealing, secret: UnitSecret, keepers: Keepers) -> Iterator[bytes]:
    """The gateway's half, then each custodian's share, each sealed to its holder."""
    gateway = keepers.gateway.member
    info = info_deal_gate(dealing, gateway.address)
    yield hpke.seal(gateway.sealing, info, secret.half.message())
    for share, keeper in zip(secret.shares, keepers.custodians, strict=True):
        info = info_deal_share(dealing, share.index, keeper.member.address)
        yield hpke.seal(keeper.member.sealing, info, share.message())


@dataclass(frozen=True, slots=True)
class Acks:
    """Who signed that it holds what: dealing id, holder's address, signature."""

    rows: tuple[tuple[Digest, bytes, bytes], ...]


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
    return Acks(
        tuple(
            (ids[deal.dealing.unit], addresses[name], signature)
            for name, held in good.items()
            for deal, signature in zip(parcels[name].deals, held.signatures, strict=True)
        )
    )


def _parcels(keepers: Keepers, delivery: Delivery) -> dict[str, m.Hold]:
    units = delivery.units
    new = [unit for unit in units if unit.is_new]
    parcels = {
        keeper.name: m.Hold(tuple(unit.deals[index] for unit in new), (), ())
        for index, keeper in enumerate(keepers.custodians, start=1)
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
    halves = tuple(unit.deals[0] for unit in new)
    parcels[keepers.gateway.name] = m.Hold(halves, objects, delivery.versions)
    return parcels


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
    """Remember the keys of new units, and who holds their parts."""
    for unit in units:
        if unit.is_new:
            dealing = unit.dealing
            place = key_at_rest(DealtUnit, dealing.unit, dealing.epoch)
            session.add(
                DealtUnit(
                    unit=dealing.unit,
                    epoch=dealing.epoch,
                    dealing=canonical_bytes(dealing),
                    dealing_id=unit.id,
                    kek=seal_at_rest(storage_key, place, unit.kek),
                )
            )
    session.add_all(
        Acknowledgement(dealing_id=dealing_id, holder=holder, signature=signature)
        for dealing_id, holder, signature in acks.rows
    )
