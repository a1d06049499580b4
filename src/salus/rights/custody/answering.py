"""What leaves a keeper after its decision is in the log: sealed parts and signed receipts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel import hpke
from salus.kernel.clock import seconds
from salus.rights.custody import messages as m
from salus.rights.custody.bought import Bought, bought
from salus.rights.custody.errors import VersionMismatch
from salus.rights.custody.keeper import Keeper, ticket_for
from salus.rights.custody.kept import Held, Sealed
from salus.rights.custody.model import Dealing, info_release_gate, info_release_share
from salus.rights.custody.permit import Permit
from salus.rights.custody.tables import StoredObject
from salus.rights.records.model import Manifest, Place, UnitKind, Version


def answer(keeper: Keeper, permit: Permit) -> m.Shares | m.Gate:
    """Raises VersionMismatch when the gateway lacks the version that the ledger names."""
    gate = keeper.role is m.Role.GATEWAY
    return _gate(keeper, permit) if gate else _shares(keeper, permit)


def _sign(keeper: Keeper, receipt: m.Receipt) -> bytes:
    return keeper.party.signing.sign(m.receipt_digest(keeper.ledger.domain, receipt))


def _parts(permit: Permit) -> Iterator[tuple[Held, m.Receipt]]:
    return zip(permit.held, permit.receipts, strict=True)


def _shares(keeper: Keeper, permit: Permit) -> m.Shares:
    return m.Shares(
        tuple(
            m.ReleasedShare(
                dealing=held.dealing,
                index=held.index,
                sealed=hpke.seal(
                    permit.ask.reader_key,
                    info_release_share(held.dealing, held.index, permit.digest),
                    held.open(keeper.storage_key),
                ),
                receipt=receipt,
                signature=_sign(keeper, receipt),
            )
            for held, receipt in _parts(permit)
        )
    )


def _gate(keeper: Keeper, permit: Permit) -> m.Gate:
    with keeper.reading() as session:
        version = keeper.kept.version(session, permit.root)
        if version is None:
            raise VersionMismatch
        shelf = _Shelf(version, _bought(keeper, session, permit, version))
        objects = [_objects(keeper, session, permit, shelf, each.dealing) for each in permit.held]
    return m.Gate(
        version,
        tuple(
            m.ReleasedHalf(
                dealing=held.dealing,
                dealt=held.signature,
                origins=held.origins,
                sealed=hpke.seal(
                    permit.ask.reader_key,
                    info_release_gate(held.dealing, permit.digest),
                    held.open(keeper.storage_key),
                ),
                objects=wrapped,
                receipt=receipt,
                signature=_sign(keeper, receipt),
            )
            for (held, receipt), wrapped in zip(_parts(permit), objects, strict=True)
        ),
        (shelf.bought.version,) if shelf.bought else (),
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Of what is handed out: the version on the ledger, or an earlier one that was bought."""

    version: Version
    bought: Bought | None

    def has(self, manifest: Manifest) -> bool:
        return self.bought is None or manifest.version_root in self.bought.roots


def _bought(keeper: Keeper, session: Session, permit: Permit, present: Version) -> Bought | None:
    license_ = keeper.ledger.license(permit.ask)
    if license_ is None:
        return None
    return bought(keeper.kept, session, present, license_.version_max)


def _objects(
    keeper: Keeper, session: Session, permit: Permit, shelf: _Shelf, dealing: Dealing
) -> tuple[m.WrappedObject, ...]:
    """The objects of one unit under the key of one epoch, with a ticket for each.

    None where the key alone is asked for. Raises VersionMismatch when one that the version on the
    ledger names is not here.
    """
    if m.Item(dealing.unit, dealing.epoch, m.NO_OBJECTS) in permit.ask.request.items:
        return ()
    until = seconds(permit.ask.request.deadline)
    return tuple(
        m.WrappedObject(
            manifest=each.manifest,
            signature=each.signature,
            wrap=each.open(keeper.storage_key, object_id),
            ticket=ticket_for(keeper, each.manifest.segment_root, until),
        )
        for object_id, each in _stored(keeper, session, shelf.version, dealing)
        if each.manifest.epoch == dealing.epoch and shelf.has(each.manifest)
    )


def _stored(
    keeper: Keeper, session: Session, version: Version, dealing: Dealing
) -> list[tuple[bytes, Sealed]]:
    """Those that the version names; a snapshot is outside of versions and stays as it is."""
    found = [
        (each, keeper.kept.object(session, each)) for each in _named(session, version, dealing)
    ]
    kept = [(object_id, each) for object_id, each in found if each is not None]
    if len(kept) != len(found):
        raise VersionMismatch
    return kept


def _named(session: Session, version: Version, dealing: Dealing) -> Sequence[bytes]:
    if dealing.kind != UnitKind.SNAPSHOT:
        return version.objects_of(Place(dealing.section, dealing.kind))
    mine = select(StoredObject.object_id).where(StoredObject.unit == dealing.unit)
    return list(session.scalars(mine))
