"""Control of records as the ledger has it (index), and keys that wait for it (private)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class Candidate(PrivateTable):
    """The wallet's side: a key that is to control a record, once the ledger says so."""

    __tablename__ = "consent_candidate"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    secret: Mapped[bytes]


class GuardianKey(PrivateTable):
    """The key of a guardian who was invited in this home."""

    __tablename__ = "consent_guardian_key"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary(20), unique=True)
    secret: Mapped[bytes]


class Invitation(PrivateTable):
    """A record that waits for its patient; `code` is hashed, `until` in seconds."""

    __tablename__ = "consent_invitation"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    until: Mapped[int]


class Claimed(PrivateTable):
    """Which account a record belongs to, and whether its wallet controls it by now."""

    __tablename__ = "consent_claimed"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    is_controlled: Mapped[bool]


class HelperName(PrivateTable):
    """What an account calls somebody who helps it: on the ledger that is an address."""

    __tablename__ = "consent_helper"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class ActingRow(PrivateTable):
    """A session in which an account acts for the patient of a record; `began_at` in seconds."""

    __tablename__ = "consent_acting"

    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(32))
    record: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[int]


class ActedRow(PrivateTable):
    """That a delegate signed something for the patient of a record; `at` in seconds."""

    __tablename__ = "consent_acted"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    delegate: Mapped[bytes] = mapped_column(LargeBinary(20))
    act: Mapped[str] = mapped_column(String(16))
    at: Mapped[int]


class ControlRow(IndexTable):
    """Who controls a record. `erased_at` in seconds, 0 when it is not erased."""

    __tablename__ = "consent_control"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    controller: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    account: Mapped[bytes] = mapped_column(LargeBinary(20))
    epoch: Mapped[int]
    erased_at: Mapped[int]


class CircleRow(IndexTable):
    """Guardians of a record from `begins` on, in seconds; the last that has begun is present."""

    __tablename__ = "consent_circle"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    begins: Mapped[int] = mapped_column(primary_key=True)
    threshold: Mapped[int]


class GuardianRow(IndexTable):
    """One guardian of a circle."""

    __tablename__ = "consent_guardian"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    begins: Mapped[int] = mapped_column(primary_key=True)
    guardian: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True, index=True)


class WishRow(IndexTable):
    """Whom a guardian wishes to control a record; `ready_at` where that made the recovery run.

    It is void when `circle`, the beginning of its guardians, is not that of the present ones.
    """

    __tablename__ = "consent_wish"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    guardian: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    controller: Mapped[bytes] = mapped_column(LargeBinary(20))
    circle: Mapped[int]
    ready_at: Mapped[int]


class DelegationRow(IndexTable):
    """What a delegate may do for the present controller; window in seconds."""

    __tablename__ = "consent_delegation"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    delegate: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True, index=True)
    powers: Mapped[int]
    not_before: Mapped[int]
    not_after: Mapped[int]
    condition: Mapped[bytes] = mapped_column(LargeBinary(20))
    condition_key: Mapped[bytes] = mapped_column(LargeBinary(32))
