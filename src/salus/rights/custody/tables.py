"""What the dealer remembers, and what a custodian or the gateway keeps in its own store."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.encoding import u8, u32
from salus.platform.database import PrivateTable
from salus.rights.custody.erasure import tables as erasure  # noqa: F401 - its tables too
from salus.rights.custody.exporting import tables as exporting  # noqa: F401 - and these
from salus.rights.custody.joint import tables as joint  # noqa: F401 - and these
from salus.rights.custody.logbook import tables as logbook  # noqa: F401 - and these
from salus.rights.custody.renewing import tables as renewing  # noqa: F401 - and these
from salus.rights.custody.resharing import tables as resharing  # noqa: F401 - and these


class DealtUnit(PrivateTable):
    """The dealer's side: a unit it may still add objects to, with its key at rest."""

    __tablename__ = "custody_dealt_unit"

    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    dealing: Mapped[bytes]
    dealing_id: Mapped[bytes] = mapped_column(LargeBinary(32))
    kek: Mapped[bytes]


class PreparedUnit(PrivateTable):
    """The dealer's side: the key of a later epoch on its way to its holders, with all its parts.

    Whoever tries again after a crash hands out the same: a holder takes one part only.
    """

    __tablename__ = "custody_prepared_unit"

    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    dealing: Mapped[bytes]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    sealed: Mapped[bytes]


class Acknowledgement(PrivateTable):
    """The dealer's side: who signed that it holds its part of a dealing.

    It is the evidence against a holder that lacks it later: `salus custody status`.
    """

    __tablename__ = "custody_acknowledgement"

    dealing_id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    holder: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))


class HeldSecret(PrivateTable):
    """A custodian's share (index 1..n) or the gateway's half (index 0) of one unit's key.

    Each time that the shares go to other holders there is one more generation. `origin` is the
    dealing of the first, which objects name; it is empty there.
    """

    __tablename__ = "custody_held_secret"

    unit: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    index: Mapped[int]
    origin: Mapped[bytes]
    dealing: Mapped[bytes]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    sealed: Mapped[bytes]


class StoredObject(PrivateTable):
    """The gateway's side: the manifest of one object and the wrap of its key."""

    __tablename__ = "custody_stored_object"

    object_id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    unit: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    manifest: Mapped[bytes]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    wrap: Mapped[bytes]


class AwaitedBody(PrivateTable):
    """The gateway's side: a body that a hold announced, its size, and the source to bring it."""

    __tablename__ = "custody_awaited_body"

    name: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    size: Mapped[int]
    source: Mapped[bytes] = mapped_column(LargeBinary(20))


class StoredVersion(PrivateTable):
    """The gateway's side: which objects make up the record root that the ledger names."""

    __tablename__ = "custody_stored_version"

    root: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    version: Mapped[bytes]


class Answered(PrivateTable):
    """What a request was granted, kept until its deadline: a repetition counts once."""

    __tablename__ = "custody_answered"

    request: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    signer: Mapped[bytes] = mapped_column(LargeBinary(20))
    nonce: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    until: Mapped[int] = mapped_column(index=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    first: Mapped[int]
    count: Mapped[int]


class Reads(PrivateTable):
    """The gateway's side: how often each grant was read with."""

    __tablename__ = "custody_reads"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    count: Mapped[int]


class OpenedDenial(PrivateTable):
    """The gateway's side: the terms of a denial, so that it can refuse what they cover."""

    __tablename__ = "custody_opened_denial"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    opening: Mapped[bytes]


class ToldDenial(PrivateTable):
    """The patient's side: a denial whose terms the gateway has."""

    __tablename__ = "custody_told_denial"

    grant: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class Look(PrivateTable):
    """Every decision, permitted or refused: what the subject is shown."""

    __tablename__ = "custody_look"

    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    reader: Mapped[bytes] = mapped_column(LargeBinary(20))
    purpose: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(80))
    request: Mapped[bytes] = mapped_column(LargeBinary(32))


class LogLeaf(PrivateTable):
    """The append-only log of releases: leaf hashes in order, with what opens each."""

    __tablename__ = "custody_log_leaf"

    position: Mapped[int] = mapped_column(primary_key=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    receipt: Mapped[bytes]


def key_at_rest(
    table: type[DealtUnit | PreparedUnit | HeldSecret], unit: bytes, epoch: int, generation: int = 0
) -> bytes:
    """What the secret of a row is tied to where it is stored: the table and its primary key."""
    later = u8(generation) if generation else b""
    return table.__tablename__.encode() + unit + u32(epoch) + later


def wrap_at_rest(object_id: bytes) -> bytes:
    """The same for the wrap of an object."""
    return b"wrap" + object_id
