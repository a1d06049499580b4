"""What the source remembers of a record (private), and what the ledger says of it (index)."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class Subject(PrivateTable):
    """Whose record it is, at this source. Erasing the row makes the handle meaningless."""

    __tablename__ = "records_subject"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient: Mapped[str] = mapped_column(String(200), unique=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(16))


class Unit(PrivateTable):
    """One unit of a record; the salt opens its id."""

    __tablename__ = "records_unit"

    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    kind: Mapped[int]
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    objects: Mapped[int]


class Resource(PrivateTable):
    """The current form of one resource: enough to see a change and to rebuild its section."""

    __tablename__ = "records_resource"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    root: Mapped[bytes] = mapped_column(LargeBinary(32))


class Object(PrivateTable):
    """One sealed object of a unit."""

    __tablename__ = "records_object"

    object_id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    unit: Mapped[bytes] = mapped_column(ForeignKey(Unit.unit))
    segment_root: Mapped[bytes] = mapped_column(LargeBinary(32))


class SealedVersion(PrivateTable):
    """A version the source signed; announced once the ledger has it."""

    __tablename__ = "records_sealed_version"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    version: Mapped[bytes]


class EmergencySummary(PrivateTable):
    """The last emergency summary, at rest under the storage key: what the next one is made from."""

    __tablename__ = "records_emergency_summary"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes]


class DirectoryResource(PrivateTable):
    """An organization, practitioner, place or medication: nobody's record, copied where named."""

    __tablename__ = "records_directory"

    reference: Mapped[str] = mapped_column(String(200), primary_key=True)
    url: Mapped[str] = mapped_column(String(400), index=True)
    raw: Mapped[bytes]


class ReleaseProject(PrivateTable):
    """The key of the pseudonyms of one project, sealed. Erasing it makes them meaningless."""

    __tablename__ = "records_release_project"

    project: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes]


class RecordRow(IndexTable):
    """A record as the ledger has it."""

    __tablename__ = "records_record"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary(20))
    subject: Mapped[bytes] = mapped_column(LargeBinary(20))
    version: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    sections: Mapped[int]
    epoch: Mapped[int]
    block: Mapped[int]


class PendingRekey(IndexTable):
    """A token that waits for new keys; `section` is 0 of a record's, `deadline` that of a sale."""

    __tablename__ = "records_pending_rekey"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    deadline: Mapped[int]


class TokenRow(IndexTable):
    """Who owns a token: that of a record, or of a section that is detached."""

    __tablename__ = "records_token"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[bytes] = mapped_column(LargeBinary(20))
    block: Mapped[int]
