"""The audit of one node or keeper: append-only, its salts apart, who is who in a table alone."""

from sqlalchemy import Connection, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable
from salus.platform.database.guarding import only_grows


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


@event.listens_for(AuditEntry.__table__, "after_create")
def _only_grows(_table: object, connection: Connection, **_more: object) -> None:
    """Its salt is what an erasure takes. The migration says the same."""
    only_grows(
        connection,
        AuditEntry.__tablename__,
        order="sequence",
        fixed=("sequence", "subject", "leaf", "content"),
        forgettable="salt",
        why="the audit only grows",
    )
