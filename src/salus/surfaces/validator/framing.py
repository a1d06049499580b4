"""How ABCI puts messages on a socket: the length as a varint, then protobuf."""

from asyncio import IncompleteReadError, StreamReader
from typing import Any

from google.protobuf.message import DecodeError

from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.errors import BadMessage

LIMIT = 128 * 2**20  # bytes of one message; a block has 21 MiB
_VARINT = 5  # bytes of a length


async def receive(reader: StreamReader) -> Any:
    """The next request, or None when the other side closed. Raises BadMessage."""
    try:
        size = await _size(reader)
        if size is None:
            return None
        content = await reader.readexactly(size)
    except (IncompleteReadError, ConnectionError):
        return None
    try:
        return messages.Request.FromString(content)
    except DecodeError:
        raise BadMessage from None


async def _size(reader: StreamReader) -> int | None:
    size = 0
    for place in range(_VARINT):
        byte = await reader.read(1)
        if not byte:
            return None
        size |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            break
    else:
        raise BadMessage
    if size > LIMIT:
        raise BadMessage
    return size


def framed(message: Any) -> bytes:
    content: bytes = message.SerializeToString()
    return _varint(len(content)) + content


def _varint(size: int) -> bytes:
    encoded = bytearray()
    while size > 0x7F:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    encoded.append(size)
    return bytes(encoded)
