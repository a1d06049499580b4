"""The heads of keepers' logs as this node has seen them (private)."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class KnownHead(PrivateTable):
    """The newest head of a keeper's log that was queued for the ledger.

    `at` in seconds, as the keeper signed it. `is_forked` stays once a later head did not extend it.
    """

    __tablename__ = "custody_known_head"

    holder: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[int]
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    is_forked: Mapped[bool]
