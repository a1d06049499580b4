"""Changes of all keys of a record, as their source knows them (private)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class Renewal(PrivateTable):
    """How far a change of all keys is; `content` is what was sealed anew; `at` in seconds."""

    __tablename__ = "custody_renewal"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes]
    at: Mapped[int]
