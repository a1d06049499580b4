"""What a source remembers of objects that were encrypted anew; what they say stays what it was."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import ObjectId, RecordId, record_text
from salus.rights.records.model import Manifest, Version
from salus.rights.records.tables import Object, SealedVersion
from salus.rights.records.versions import record_root_of


def take_in(session: Session, record: RecordId, manifests: Iterable[Manifest]) -> None:
    """Remember objects beside those that are in force."""
    for manifest in manifests:
        session.merge(
            Object(
                object_id=manifest.id(),
                record=record_text(record),
                unit=manifest.unit,
                segment_root=manifest.segment_root,
            )
        )


def take_back(session: Session, objects: Sequence[ObjectId]) -> None:
    """Forget objects that never were in force."""
    for object_id in objects:
        session.execute(delete(Object).where(Object.object_id == object_id))


def keep_resealed(
    session: Session,
    record: RecordId,
    version: Version,
    objects: Sequence[tuple[ObjectId, Manifest]],
) -> None:
    """The newest version with its new objects; those whose place they take are forgotten."""
    take_in(session, record, [manifest for _, manifest in objects])
    take_back(session, [earlier for earlier, _ in objects])
    mine = select(SealedVersion).where(SealedVersion.record == record_text(record))
    newest = session.scalars(mine.order_by(SealedVersion.number.desc()).limit(1)).one()
    newest.root, newest.version = record_root_of(version), canonical_bytes(version)
