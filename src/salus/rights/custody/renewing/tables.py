"""Changes of all keys of a token, as the source of its record knows them (private)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class Renewal(PrivateTable):
    """How far a change of keys is; `content` is what was sealed anew; `at` in seconds.

    One at a time for a record, since each changes its root. `section`: of which detached section;
    zero where the change is of all that the token of the record controls.
    """

    __tablename__ = "custody_renewal"

    record: Mapped[str] = mapped_column(String(32), primary_key=True)
    section: Mapped[int] = mapped_column(default=0, server_default="0")
    stage: Mapped[str] = mapped_column(String(16))
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes]
    at: Mapped[int]
