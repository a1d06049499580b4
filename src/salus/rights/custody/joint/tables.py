"""Reads that wait for signatures (private): handles and what is signed, never content."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class JointReadRow(PrivateTable):
    """A request of a reader by a random id, which `account` made for the organization `reader`.

    `until` is its deadline in seconds.
    """

    __tablename__ = "custody_joint_read"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    reader: Mapped[bytes] = mapped_column(LargeBinary(20))
    account: Mapped[str] = mapped_column(String(32))
    request: Mapped[bytes]
    until: Mapped[int] = mapped_column(index=True)
    is_used: Mapped[bool]


class JointAnswerRow(PrivateTable):
    """What an approver answered: a signature over the request, empty where he declined."""

    __tablename__ = "custody_joint_answer"

    read: Mapped[str] = mapped_column(String(32), primary_key=True)
    approver: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    signature: Mapped[bytes]
