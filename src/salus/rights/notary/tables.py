"""Leaves that wait for or lie in a batch (private), and the batches on the ledger (index)."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable


class Leaf(PrivateTable):
    """One commitment on its way into a batch, in the order in which it was queued."""

    __tablename__ = "notary_leaf"

    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(unique=True)
    batch_root: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)


class BatchRow(IndexTable):
    """A batch as the ledger has it."""

    __tablename__ = "notary_batch"

    batch: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    size: Mapped[int]
    block: Mapped[int]
    time: Mapped[int]
    tx: Mapped[bytes] = mapped_column(LargeBinary(32))
