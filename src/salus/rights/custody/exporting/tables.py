"""Exports that are made or can be fetched (private); nothing of their content is here."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class ExportRow(PrivateTable):
    """An export by a random id; times in seconds, `until` 0 while it is made.

    `records` are the handles in it. `done` of `total` steps are over, the last at `beat_at`.
    `error` is the key of what went wrong, empty meanwhile.
    """

    __tablename__ = "custody_export"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    records: Mapped[str]
    begun_at: Mapped[int]
    beat_at: Mapped[int]
    until: Mapped[int]
    total: Mapped[int]
    done: Mapped[int]
    size: Mapped[int]
    error: Mapped[str] = mapped_column(String(80))
