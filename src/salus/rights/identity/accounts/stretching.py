"""Argon2id (RFC 9106): each guess at a password or a code costs memory and time."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SALT = 16  # bytes
_LENGTH = 32  # bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one guess: passes over so much memory (KiB)."""

    passes: int
    memory: int


PASSWORD = Cost(2, 19_456)  # OWASP
KEYSTORE = Cost(3, 64 * 1024)  # RFC 9106 4


def argon2id(salt: bytes, cost: Cost) -> Argon2id:
    return Argon2id(
        salt=salt, length=_LENGTH, iterations=cost.passes, lanes=1, memory_cost=cost.memory
    )
