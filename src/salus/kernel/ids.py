"""Identifiers. Each is random or a salted hash: none can be guessed from what it names."""

import secrets
from typing import NewType

Digest = NewType("Digest", bytes)
"""A SHA-256 value, 32 bytes."""
Address = NewType("Address", bytes)
"""An account or contract on the ledger, 20 bytes."""
NOBODY = Address(bytes(20))
"""What the ledger says where there is no account."""
RecordId = NewType("RecordId", int)
"""The random uint128 handle of one subject at one source."""
UnitId = NewType("UnitId", bytes)
"""What one key opens, 32 bytes: H(T"salus/unit/1", salt, record, section, kind, ordinal)."""
GrantId = NewType("GrantId", bytes)
"""A random bytes32."""
ObjectId = NewType("ObjectId", bytes)
"""The hash of a manifest, 32 bytes."""


def new_record_id() -> RecordId:
    return RecordId(secrets.randbits(128))


def new_grant_id() -> GrantId:
    return GrantId(secrets.token_bytes(32))


def record_text(record: RecordId) -> str:
    """32 hex digits, the form of a record in files, commands and answers."""
    return f"{record:032x}"


def record_from_text(text: str) -> RecordId:
    """The inverse of `record_text`. Raises ValueError."""
    if len(text) != 32:
        raise ValueError("a record handle has 32 hex digits")
    return RecordId(int(text, 16))
