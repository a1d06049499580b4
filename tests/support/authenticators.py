"""Digits of an authenticator for tests, which have no half minute to wait for the next ones."""

import sqlite3
from base64 import b32decode, b32encode
from contextlib import closing
from pathlib import Path

from salus.rights.identity.accounts import totp

SECRET = b"a secret of the test"
SHOWN = b32encode(SECRET).decode()


def digits(home: Path, name: str, secret: str, now: float) -> str:
    """What an authenticator shows now, good once more even where it was used just before."""
    with closing(sqlite3.connect(home / "node" / "node.db", timeout=60)) as database, database:
        database.execute("UPDATE identity_account SET totp_step = 0 WHERE shown = ?", (name,))
    return totp.digits(b32decode(secret), int(now))
