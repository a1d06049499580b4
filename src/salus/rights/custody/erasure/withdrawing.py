"""A keeper's side of taking back: let go of what no version on the ledger names.

Only its source knows that nothing names an object, and the keeper does not believe it: it looks at
the version of the record that the ledger has.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.ids import Address, Digest, UnitId, record_text
from salus.kernel.secp256k1 import recover
from salus.rights.custody.erasure.errors import NotErased
from salus.rights.custody.erasure.messages import Withdraw, withdraw_digest
from salus.rights.custody.errors import VersionMismatch
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.messages import Role
from salus.rights.custody.tables import AwaitedBody, HeldSecret, StoredObject, StoredVersion
from salus.rights.records.model import Manifest, Version
from salus.rights.records.versions import manifest_signer

NO_VERSION = Digest(bytes(32))


def withdraw(keeper: Keeper, told: Withdraw) -> None:
    """Delete objects and new units that belong to nothing; twice is once.

    A custodian cannot see what a version names: it lets go of units of records that have none.
    Raises NotErased when no source signed, VersionMismatch when the version is not here.
    """
    at = keeper.ledger.final()
    digest = withdraw_digest(keeper.ledger.domain, told.record, told.objects, told.units)
    signer = recover(digest, told.signature)
    if signer is None or not keeper.ledger.is_source(signer, at=at):
        raise NotErased
    root = keeper.ledger.root(told.record, at=at)
    with keeper.sessions() as session, session.begin():
        if keeper.role is Role.GATEWAY:
            _withdraw_objects(keeper, session, told, root, signer)
        for unit in told.units:
            is_empty = keeper.role is Role.GATEWAY and not _has_objects(session, unit)
            if root == NO_VERSION or is_empty:
                _forget_unit(session, unit, record_text(told.record))
    keeper.kept.forget()


def _withdraw_objects(
    keeper: Keeper, session: Session, told: Withdraw, root: Digest, signer: Address
) -> None:
    named = _named(session, root)
    for object_id in told.objects:
        row = session.get(StoredObject, object_id)
        if row is None or object_id in named:
            continue
        manifest = parse(Manifest, row.manifest)
        is_own = manifest_signer(keeper.ledger.domain, manifest, row.signature) == signer
        if is_own and _is_of(session, manifest.unit, record_text(told.record)):
            keeper.vault.delete(manifest.segment_root)
            session.execute(delete(AwaitedBody).where(AwaitedBody.name == manifest.segment_root))
            session.delete(row)
    session.flush()


def _named(session: Session, root: Digest) -> frozenset[bytes]:
    """The objects of the version that the ledger has."""
    if root == NO_VERSION:
        return frozenset()
    row = session.get(StoredVersion, root)
    if row is None:
        raise VersionMismatch
    return frozenset(leaf.object_id for leaf in parse(Version, row.version).objects)


def _is_of(session: Session, unit: UnitId, record: str) -> bool:
    """Whether the half of a unit's key, if it is here at all, is of that record."""
    held = session.scalar(select(HeldSecret.record).where(HeldSecret.unit == unit).limit(1))
    return held in {None, record}


def _has_objects(session: Session, unit: UnitId) -> bool:
    mine = select(StoredObject.object_id).where(StoredObject.unit == unit).limit(1)
    return session.scalar(mine) is not None


def _forget_unit(session: Session, unit: UnitId, record: str) -> None:
    mine = (HeldSecret.unit == unit, HeldSecret.record == record)
    session.execute(delete(HeldSecret).where(*mine))
