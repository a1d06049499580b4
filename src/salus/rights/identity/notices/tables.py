"""Notices, ways to reach people, and what is on its way (private)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class NoticeRow(PrivateTable):
    """That something happened: `key` names the happening; times in seconds, `seen_at` 0 before."""

    __tablename__ = "identity_notice"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(String(80))
    at: Mapped[int] = mapped_column(index=True)
    seen_at: Mapped[int]


class ReachRow(PrivateTable):
    """How somebody is reached outside the portal, sealed at rest; empty contents are sealed too.

    `code` is the hash of what was mailed to confirm `mail`, empty once that was typed. `muted`
    holds pairs such as `mail:money`.
    """

    __tablename__ = "identity_reach"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    mail: Mapped[bytes] = mapped_column(LargeBinary)
    hook: Mapped[bytes] = mapped_column(LargeBinary)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    code: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int]
    muted: Mapped[str] = mapped_column(String(600))
    quiet_first: Mapped[int]
    quiet_last: Mapped[int]
    zone: Mapped[str] = mapped_column(String(40))


class SentRow(PrivateTable):
    """A notice on its way by one channel; `sent_at` in seconds, 0 before; `receipt` the answer."""

    __tablename__ = "identity_sent_notice"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    key: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[int]
    sent_at: Mapped[int]
    tries: Mapped[int]
    receipt: Mapped[str] = mapped_column(String(80))
