"""The audit of one node or keeper: append-only, its salts apart, who is who in a table alone."""

from sqlalchemy import DDL, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class AuditEntry(PrivateTable):
    """One line. `salt` opens its leaf hash and is the only thing that an erasure takes."""

    __tablename__ = "audit_entry"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes]


class AuditSubject(PrivateTable):
    """Whose pseudonym it is. Erasing the row leaves entries that are about nobody."""

    __tablename__ = "audit_subject"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)


class AuditHead(PrivateTable):
    """The head of a log, this node's own or a keeper's, on its way into a batch; `at` in seconds.

    Its leaf is `notary.model.audit_leaf`; what it extends was checked before it was written.
    """

    __tablename__ = "audit_head"

    node: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[int]


_FIXED = ("sequence", "subject", "leaf", "content")
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
_LATER = "EXISTS (SELECT 1 FROM audit_entry WHERE sequence >= NEW.sequence)"
_CHANGED = " OR ".join(f"NEW.{each} IS NOT OLD.{each}" for each in _FIXED)
_WHEN = f"WHEN NEW.salt IS NOT NULL OR {_CHANGED}"
TRIGGERS = (
    f"CREATE TRIGGER audit_entry_only_grows BEFORE INSERT ON audit_entry WHEN {_LATER} {_REFUSE}",
    f"CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry {_REFUSE}",
    f"CREATE TRIGGER audit_entry_stays_as_it_is BEFORE UPDATE ON audit_entry {_WHEN} {_REFUSE}",
)
"""The first also holds against INSERT OR REPLACE, which deletes without asking the second."""

for _trigger in TRIGGERS:
    event.listen(AuditEntry.__table__, "after_create", DDL(_trigger))  # type: ignore[no-untyped-call]
