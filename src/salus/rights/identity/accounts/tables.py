"""Accounts. Private: a backup needs them, and none of their secrets opens by itself."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import PrivateTable


class AccountRow(PrivateTable):
    """`password` in PHC form; `totp` sealed under the storage key, empty without one.

    `keystore` and `recovery` hold the wallet of a patient, empty for staff. Times in seconds.
    `reader` is the public key by which others seal to this person.
    """

    __tablename__ = "identity_account"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    shown: Mapped[str] = mapped_column(String(64))
    roles: Mapped[str] = mapped_column(String(160))
    party: Mapped[str] = mapped_column(String(40), default="", server_default="")
    language: Mapped[str] = mapped_column(String(8))
    large: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=False)
    totp: Mapped[bytes] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")
    keystore: Mapped[bytes] = mapped_column(LargeBinary)
    recovery: Mapped[bytes] = mapped_column(LargeBinary)
    guardian: Mapped[bytes] = mapped_column(LargeBinary)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    closed_until: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[int]


class SpareCodeRow(PrivateTable):
    """A code in the place of the authenticator, by its hash; gone once it was used."""

    __tablename__ = "identity_spare_code"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)


class ChangeRow(PrivateTable):
    """What was done to an account, in order; `by` an account, or empty for who runs the node."""

    __tablename__ = "identity_account_change"

    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    party: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(32), index=True)
    what: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(32))
