"""Who is signed in, and which forms were sent. Private, and of no use without the cookies."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class SessionRow(PrivateTable):
    """A session by the hash of its cookie; times in seconds.

    `wallet` opens with a key that exists only in a cookie of the visitor.
    """

    __tablename__ = "platform_session"

    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))
    csrf: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[int]
    seen_at: Mapped[int]
    confirmed_at: Mapped[int]
    said: Mapped[str] = mapped_column(default="", server_default="")
    wallet: Mapped[bytes] = mapped_column(LargeBinary)


class SentForm(PrivateTable):
    """A form that was sent, by the token in it; `location` is where it led, empty meanwhile."""

    __tablename__ = "platform_sent_form"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    session: Mapped[str] = mapped_column(String(64), index=True)
    location: Mapped[str] = mapped_column(default="", server_default="")
    sent_at: Mapped[int]


class KeptForm(PrivateTable):
    """What was typed into a form whose session was over, until its owner is back, or `until` (s).

    `sealed` opens with a key that exists only in a cookie of the visitor, for one page and one
    account. `session` is the one that was over.
    """

    __tablename__ = "platform_kept_form"

    form: Mapped[str] = mapped_column(String(64), primary_key=True)
    session: Mapped[str] = mapped_column(String(64), index=True)
    account: Mapped[str] = mapped_column(String(32))
    until: Mapped[int] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class RateRow(PrivateTable):
    """How often somebody asked for something, by a hash of both; `until` when it is over (s)."""

    __tablename__ = "platform_rate"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    window: Mapped[int]
    count: Mapped[int]
    before: Mapped[int]
    until: Mapped[int] = mapped_column(index=True)
