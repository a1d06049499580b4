"""How values become hashed bytes: domain tags, big-endian numbers of fixed width, SHA-256."""

from hashlib import sha256


def TAG(name: str) -> bytes:  # noqa: N802 - the name of the rule in the design and in Solidity
    """ASCII bytes of `name`, then 0x00: what every hash, HKDF and HPKE info starts with."""
    return name.encode("ascii") + b"\0"


def H(*parts: bytes) -> bytes:  # noqa: N802 - as above
    """SHA-256 of the concatenation, 32 bytes."""
    return sha256(b"".join(parts)).digest()


def u8(value: int) -> bytes:
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "big")


def u128(value: int) -> bytes:
    return value.to_bytes(16, "big")


def u256(value: int) -> bytes:
    return value.to_bytes(32, "big")


def to_hex(value: bytes) -> str:
    """Lower-case `0x` hex, the form of bytes in the JSON we define."""
    return "0x" + value.hex()


def from_hex(text: str, size: int | None = None) -> bytes:
    """The inverse of `to_hex`.

    Raises ValueError on anything that `to_hex` would not write, or on another size.
    """
    value = bytes.fromhex(text[2:])
    if "0x" + value.hex() != text or (size is not None and len(value) != size):
        raise ValueError("not lower-case 0x hex of the right size")
    return value
