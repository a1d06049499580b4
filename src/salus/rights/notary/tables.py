"""Leaves of batches and heads that were signed (private), batches on the ledger (index)."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class Leaf(PrivateTable):
    """One commitment on its way into a batch, in the order in which it was queued."""

    __tablename__ = "notary_leaf"

    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(unique=True)
    batch_root: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)


class SignedHead(PrivateTable):
    """The newest head of the log that a witness signed; it never signs an older or forked one."""

    __tablename__ = "notary_signed_head"

    signer: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))


class BatchRow(IndexTable):
    """A batch as the ledger has it."""

    __tablename__ = "notary_batch"

    batch: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    size: Mapped[int]
    block: Mapped[int]
    time: Mapped[int]
    tx: Mapped[bytes] = mapped_column(LargeBinary(32))
