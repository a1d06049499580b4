"""Tokens by their hash (private); the wallet opens only with the token itself."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class TokenRow(PrivateTable):
    """`hash` finds it; `scopes` are words; times in seconds, `used_at` 0 before the first use."""

    __tablename__ = "identity_token"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[str] = mapped_column(String(60))
    wallet: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[int]
    until: Mapped[int]
    used_at: Mapped[int]
