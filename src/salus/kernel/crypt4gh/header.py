"""Headers: packets that carry a data key, and an edit list, to one reader's X25519 key.

Storage keeps bodies without header. Only the reader makes one, on his own machine, for standard
tools. So the door for our own headers, `read_header`, refuses what the standard leaves open: a
second data key (whoever knows a reader's public key can add one and prepend forged segments),
packets for other readers, padding, edit lists other than "the first n bytes".
"""

import secrets
from dataclasses import dataclass, field
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.errors import (
    BadEditList,
    HeaderDamaged,
    NotCrypt4gh,
    NotForThisReader,
    TwoDataKeys,
    UnexpectedPackets,
    UnknownCrypt4gh,
    UnknownPacket,
)
from salus.kernel.crypt4gh.segments import NONCE, TAG_SIZE

MAGIC = b"crypt4gh"
VERSION = 1
PREFIX = len(MAGIC) + 4 + 4
DATA_KEY, EDIT_LIST = 0, 1
KEY = 32
LEAST_PACKET = 4 + 4 + KEY + NONCE + TAG_SIZE  # bytes of a packet without content
_DATA_CONTENT = 4 + 4 + KEY
_EDIT_CONTENT = 4 + 4 + 2 * 8


@dataclass(frozen=True, slots=True)
class Header:
    """What a header of ours says; `plain_size` is None where it has no edit list."""

    dek: bytes = field(repr=False)
    plain_size: int | None = None


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An X25519 key that packets are for. The repr shows the public half only."""

    public: bytes
    _secret: X25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "SecretKey":
        """From 32 bytes. Raises ValueError on another size."""
        key = X25519PrivateKey.from_private_bytes(secret)
        return cls(key.public_key().public_bytes_raw(), key)

    @classmethod
    def generate(cls) -> "SecretKey":
        key = X25519PrivateKey.generate()
        return cls(key.public_key().public_bytes_raw(), key)

    def cipher(self, other: bytes, *, reader: bytes, writer: bytes) -> ChaCha20Poly1305:
        """Shared with the key `other`. Raises ValueError for a point of small order."""
        shared = self._secret.exchange(X25519PublicKey.from_public_bytes(other))
        return ChaCha20Poly1305(blake2b(shared + reader + writer).digest()[:KEY])

    def opened(self, packet: bytes) -> bytes | None:
        """The content of a packet, from its length field on; None when it is not for this key."""
        if packet[4:8] != _u32(0):
            return None
        writer, nonce, sealed = packet[8:40], packet[40:52], packet[52:]
        try:
            cipher = self.cipher(writer, reader=self.public, writer=writer)
            return cipher.decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError):
            return None


def make_header(dek: bytes, reader: bytes, *, plain_size: int | None = None) -> bytes:
    """A header for the reader's public key of 32 bytes, under a writer key used once.

    With `plain_size` it carries the edit list that hides the padding after so many bytes. Raises
    ValueError on a bad key.
    """
    contents = [_u32(DATA_KEY) + _u32(0) + dek]
    if plain_size is not None:
        contents.append(_u32(EDIT_LIST) + _u32(2) + _u64(0) + _u64(plain_size))
    writer = SecretKey.generate()
    packets = b"".join(_packet(writer, reader, content) for content in contents)
    return MAGIC + _u32(VERSION) + _u32(len(contents)) + packets


def _packet(writer: SecretKey, reader: bytes, content: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    cipher = writer.cipher(reader, reader=reader, writer=writer.public)
    sealed = cipher.encrypt(nonce, content, None)
    return _u32(LEAST_PACKET + len(content)) + _u32(0) + writer.public + nonce + sealed


def read_header(header: bytes, secret: bytes) -> Header:
    """A header that `make_header` made, whole and alone, opened by the reader's 32 bytes.

    Raises NotCrypt4gh, UnknownCrypt4gh, UnexpectedPackets, HeaderDamaged, NotForThisReader,
    TwoDataKeys, UnknownPacket, BadEditList.
    """
    packets = _split(header, read_prefix(header[:PREFIX]))
    contents = _open_all(packets, SecretKey.of(secret))
    kinds = [int.from_bytes(content[:4], "little") for content in contents]
    if kinds.count(DATA_KEY) > 1:
        raise TwoDataKeys(keys=kinds.count(DATA_KEY))
    for place, kind in enumerate(kinds):
        if kind != (DATA_KEY, EDIT_LIST)[place]:
            raise UnknownPacket(packet=place)
    if len({packet[8:40] for packet in packets}) > 1:
        raise HeaderDamaged(packet=1)
    return Header(_exact_key(contents[0]), _exact_edit(contents[1]) if contents[1:] else None)


def _open_all(packets: list[bytes], reader: SecretKey) -> list[bytes]:
    contents = [reader.opened(packet) for packet in packets]
    opened = [content for content in contents if content is not None]
    if not opened:
        raise NotForThisReader
    if len(opened) < len(contents):
        raise HeaderDamaged(packet=contents.index(None))
    return opened


def read_prefix(prefix: bytes) -> int:
    """How many packets follow. Raises NotCrypt4gh, UnknownCrypt4gh."""
    if len(prefix) != PREFIX or prefix[: len(MAGIC)] != MAGIC:
        raise NotCrypt4gh
    version, count = int.from_bytes(prefix[8:12], "little"), int.from_bytes(prefix[12:], "little")
    if version != VERSION:
        raise UnknownCrypt4gh(version=version)
    return count


def _split(header: bytes, count: int) -> list[bytes]:
    """The one or two packets, which end where the header ends."""
    if not 1 <= count <= 2:
        raise UnexpectedPackets(count=count)
    packets: list[bytes] = []
    at = PREFIX
    for number in range(count):
        size = int.from_bytes(header[at : at + 4], "little")
        if size < LEAST_PACKET or at + size > len(header):
            raise HeaderDamaged(packet=number)
        packets.append(header[at : at + size])
        at += size
    if at != len(header):
        raise HeaderDamaged(packet=count - 1)
    return packets


def _exact_key(content: bytes) -> bytes:
    if len(content) != _DATA_CONTENT or content[4:8] != _u32(0):
        raise UnknownPacket(packet=0)
    return content[8:]


def _exact_edit(content: bytes) -> int:
    if len(content) != _EDIT_CONTENT or content[4:16] != _u32(2) + _u64(0):
        raise BadEditList(packet=1)
    return int.from_bytes(content[16:], "little")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _u64(value: int) -> bytes:
    return value.to_bytes(8, "little")
