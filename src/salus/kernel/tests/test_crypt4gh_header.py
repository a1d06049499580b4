"""Headers of our own making, and the strict door that reads them."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.crypt4gh import Header, make_header, read_header
from salus.kernel.crypt4gh import header as h
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
from salus.kernel.errors import SalusError

VECTORS = Path(__file__).parent / "vectors" / "crypt4gh_1.8.6.json"
SECRET = bytes(range(1, 33))
PUBLIC = X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
DEK = bytes(range(100, 132))


def packets(*contents: bytes, reader: bytes = PUBLIC) -> list[bytes]:
    writer = h.SecretKey.generate()
    return [h._packet(writer, reader, content) for content in contents]


def header(*parts: bytes, count: int | None = None, version: int = 1) -> bytes:
    number = len(parts) if count is None else count
    return b"crypt4gh" + h._u32(version) + h._u32(number) + b"".join(parts)


def data_key(dek: bytes = DEK, method: int = 0) -> bytes:
    return h._u32(0) + h._u32(method) + dek


def edit_list(*lengths: int) -> bytes:
    return h._u32(1) + h._u32(len(lengths)) + b"".join(map(h._u64, lengths))


@pytest.mark.parametrize("plain_size", [None, 0, 1, 2**44])
def test_the_reader_reads_what_was_made_for_him(plain_size: int | None) -> None:
    made = make_header(DEK, PUBLIC, plain_size=plain_size)

    assert Header(DEK, plain_size) == read_header(made, SECRET)
    assert (124 if plain_size is None else 216) == len(made)


def test_each_header_has_its_own_writer_key() -> None:
    first, second = make_header(DEK, PUBLIC), make_header(DEK, PUBLIC)

    assert first[24:56] != second[24:56]


def test_no_repr_shows_a_key() -> None:
    shown = repr(read_header(make_header(DEK, PUBLIC), SECRET)) + repr(h.SecretKey.of(SECRET))

    assert repr(DEK)[2:-1] not in shown
    assert repr(SECRET)[2:-1] not in shown


def test_a_header_of_the_reference_tool_opens() -> None:
    vector = json.loads(VECTORS.read_text())
    for each in vector["files"]:
        made = b64decode(each["file"])[: each["header_size"]]
        opened = read_header(made, bytes.fromhex(vector["reader_secret"]))

        assert bytes.fromhex(each["dek"]) == opened.dek


def refused() -> dict[str, tuple[bytes, type[SalusError]]]:
    one, two = packets(data_key()), packets(data_key(), edit_list(0, 5))
    stranger = X25519PrivateKey.generate().public_key().public_bytes_raw()
    other = packets(data_key(), reader=stranger)
    longer = h._u32(len(one[0]) + 1) + one[0][4:] + b"\0"
    return {
        "magic": (b"crypt4gi" + header(*one)[8:], NotCrypt4gh),
        "empty": (b"", NotCrypt4gh),
        "cut in the prefix": (header(*one)[:15], NotCrypt4gh),
        "version 0": (header(*one, version=0), UnknownCrypt4gh),
        "version 2": (header(*one, version=2), UnknownCrypt4gh),
        "no packet": (header(), UnexpectedPackets),
        "count too high": (header(*one, count=2), HeaderDamaged),
        "count too low": (header(*two, count=1), HeaderDamaged),
        "count beyond two": (header(*one, *two, count=3), UnexpectedPackets),
        "largest count": (header(*one, count=2**32 - 1), UnexpectedPackets),
        "bytes after it": (header(*one) + b"\0", HeaderDamaged),
        "cut": (header(*one)[:-1], HeaderDamaged),
        "length zero": (header(bytes(4) + one[0][4:]), HeaderDamaged),
        "length too long": (header(b"\xff\xff\xff\xff" + one[0][4:]), HeaderDamaged),
        "packet longer than its content": (header(longer), NotForThisReader),
        "padded content": (header(*packets(data_key() + b"\0")), UnknownPacket),
        "two data keys": (header(*packets(data_key(), data_key(bytes(32)))), TwoDataKeys),
        "the same data key twice": (header(*packets(data_key(), data_key())), TwoDataKeys),
        "a data key of another writer": (header(*one, *packets(data_key(bytes(32)))), TwoDataKeys),
        "an edit list of another writer": (header(*one, *packets(edit_list(0, 1))), HeaderDamaged),
        "another reader": (header(*other), NotForThisReader),
        "another reader too": (header(*one, *other), HeaderDamaged),
        "edit list alone": (header(*packets(edit_list(0, 5))), UnknownPacket),
        "edit list first": (header(*packets(edit_list(0, 5), data_key())), UnknownPacket),
        "an edit list that skips": (header(*packets(data_key(), edit_list(1, 5))), BadEditList),
        "an edit list of one": (header(*packets(data_key(), edit_list(0))), BadEditList),
        "an edit list of four": (header(*packets(data_key(), edit_list(0, 5, 1, 5))), BadEditList),
        "data cipher": (header(*packets(data_key(method=1))), UnknownPacket),
        "packet cipher": (header(one[0][:4] + h._u32(1) + one[0][8:]), NotForThisReader),
        "packet kind": (header(*packets(h._u32(2) + bytes(36))), UnknownPacket),
        "short data key": (header(*packets(data_key(bytes(31)))), UnknownPacket),
        "no content": (header(*packets(b"")), UnknownPacket),
        "writer key of small order": (
            header(one[0][:8] + bytes(32) + one[0][40:]),
            NotForThisReader,
        ),
    }


@pytest.mark.parametrize("fault", list(refused()))
def test_the_sealed_door_refuses(fault: str) -> None:
    made, error = refused()[fault]

    with pytest.raises(error):
        read_header(made, SECRET)


def test_the_wrong_reader_is_told_so() -> None:
    with pytest.raises(NotForThisReader):
        read_header(make_header(DEK, PUBLIC), bytes(range(2, 34)))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_changed_byte_of_a_header_is_refused(draw: st.DataObject) -> None:
    made = bytearray(make_header(DEK, PUBLIC, plain_size=7))
    place = draw.draw(st.integers(0, len(made) - 1))
    bit = draw.draw(st.integers(0, 7))
    top_of_writer_key = {16 + 8 + 31, 16 + 108 + 8 + 31}  # X25519 ignores the highest bit
    made[place] ^= 1 << (bit % 7 if place in top_of_writer_key else bit)

    with pytest.raises(SalusError):
        read_header(bytes(made), SECRET)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_garbage_is_refused_with_an_error_of_ours(garbage: bytes) -> None:
    for made in (garbage, header(garbage, count=1), header(garbage, count=2)):
        with pytest.raises(SalusError):
            read_header(made, SECRET)


@pytest.mark.parametrize("reader", [bytes(32), b"\1" + bytes(31), b"short"])
def test_no_header_is_made_for_a_key_that_anybody_could_read(reader: bytes) -> None:
    with pytest.raises(ValueError):
        make_header(DEK, reader)
