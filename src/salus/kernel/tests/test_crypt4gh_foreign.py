"""The import door, and the PyPI tool crypt4gh reading ours and writing for us.

Ranges are left out on purpose: the tool applies the offset twice from 65,536 on and ends one byte
short, so it is no reference for them.
"""

import io
import json
from base64 import b64decode
from pathlib import Path

import pytest
from crypt4gh import header as reference_header
from crypt4gh import lib as reference
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.crypt4gh import (
    SEGMENT,
    BodyDamaged,
    decrypt_file,
    encrypt_file,
    make_header,
    padded_size,
    read_foreign_header,
    seal_body,
)
from salus.kernel.crypt4gh import header as h
from salus.kernel.crypt4gh.errors import (
    BadEditList,
    HeaderDamaged,
    HeaderTooLarge,
    NotCrypt4gh,
    NotForThisReader,
    UnknownCrypt4gh,
    UnknownPacket,
)
from salus.kernel.crypt4gh.foreign import spans
from salus.kernel.crypt4gh.segments import BATCH_PLAIN, PLAIN
from salus.kernel.errors import SalusError

VECTORS = Path(__file__).parent / "vectors" / "crypt4gh_1.8.6.json"
SECRET = bytes(range(1, 33))
PUBLIC = X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
WRITER = bytes(range(50, 82))
DEK = bytes(range(100, 132))
SIZES = [1, 4096, PLAIN - 1, PLAIN, PLAIN + 1, BATCH_PLAIN, BATCH_PLAIN + PLAIN + 5]


def patterned(size: int) -> bytes:
    return (b"".join(i.to_bytes(4, "big") for i in range(size // 4 + 1)))[:size]


def reference_encrypt(plain: bytes) -> bytes:
    target = io.BytesIO()
    reference.encrypt([(0, WRITER, PUBLIC)], io.BytesIO(plain), target)
    return target.getvalue()


def reference_decrypt(whole: bytes) -> bytes:
    target = io.BytesIO()
    reference.decrypt([(0, SECRET, None)], io.BytesIO(whole), target)
    return target.getvalue()


def decrypted(folder: Path, whole: bytes, threads: int = 2) -> bytes:
    (folder / "whole").write_bytes(whole)
    kept = decrypt_file(folder / "whole", folder / "plain", SECRET, threads=threads)
    plain = (folder / "plain").read_bytes()

    assert len(plain) == kept
    return plain


def packet(content: bytes, reader: bytes = PUBLIC) -> bytes:
    return h._packet(h.SecretKey.generate(), reader, content)


def data_key(dek: bytes) -> bytes:
    return packet(h._u32(0) + h._u32(0) + dek)


def edit_list(*lengths: int) -> bytes:
    return packet(h._u32(1) + h._u32(len(lengths)) + b"".join(map(h._u64, lengths)))


def header(*parts: bytes, count: int | None = None) -> bytes:
    number = len(parts) if count is None else count
    return b"crypt4gh" + h._u32(1) + h._u32(number) + b"".join(parts)


@pytest.mark.parametrize("size", SIZES)
def test_the_reference_tool_reads_our_body_behind_our_header(size: int) -> None:
    plain = patterned(size)
    body = seal_body(plain.ljust(padded_size(size), b"\0"), DEK)

    assert plain == reference_decrypt(make_header(DEK, PUBLIC, plain_size=size) + body)


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_reference_tool_reads_a_file_we_encrypt(tmp_path: Path, size: int) -> None:
    (tmp_path / "plain").write_bytes(patterned(size))
    encrypt_file(tmp_path / "plain", tmp_path / "whole", DEK, make_header(DEK, PUBLIC))
    whole = (tmp_path / "whole").read_bytes()

    assert patterned(size) == reference_decrypt(whole)
    assert patterned(size) == decrypted(tmp_path, whole)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("size", [0, *SIZES])
def test_we_read_a_file_of_the_reference_tool(tmp_path: Path, size: int, threads: int) -> None:
    assert patterned(size) == decrypted(tmp_path, reference_encrypt(patterned(size)), threads)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 3 * PLAIN))
def test_both_agree_on_random_files(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, zeros: int
) -> None:
    folder, plain = tmp_path_factory.mktemp("random"), start + bytes(zeros)
    (folder / "source").write_bytes(plain)
    encrypt_file(folder / "source", folder / "ours", DEK, make_header(DEK, PUBLIC))

    assert plain == reference_decrypt((folder / "ours").read_bytes())
    assert plain == decrypted(folder, reference_encrypt(plain))


def test_we_read_what_the_reference_tool_wrote_once(tmp_path: Path) -> None:
    vector = json.loads(VECTORS.read_text())
    for each in vector["files"]:
        (tmp_path / "whole").write_bytes(b64decode(each["file"]))
        decrypt_file(tmp_path / "whole", tmp_path / "plain", bytes.fromhex(vector["reader_secret"]))

        assert b64decode(each["plain"]) == (tmp_path / "plain").read_bytes()


def test_we_read_a_header_that_the_reference_tool_made_for_us_again(tmp_path: Path) -> None:
    first = h.SecretKey.generate()
    whole = make_header(DEK, first.public) + seal_body(b"plain", DEK)
    target = io.BytesIO()
    keys = [(0, first._secret.private_bytes_raw(), None)]
    reference.reencrypt(keys, [(0, WRITER, PUBLIC)], io.BytesIO(whole), target)

    assert decrypted(tmp_path, target.getvalue()) == b"plain"


def standard_edit(lengths: list[int], plain: bytes) -> bytes:
    """ApplyEditList of the standard, section 4.3, word by word."""
    if not lengths:
        return plain
    rest, output, at = list(lengths), b"", 0
    while rest:
        at += rest.pop(0)
        if not rest:
            return output + plain[at:]
        keep = rest.pop(0)
        output += plain[at : at + keep]
        at += keep
    return output


LENGTHS = st.lists(
    st.one_of(st.integers(0, 40), st.integers(0, 2**64 - 1), st.integers(0, 200_000)), max_size=8
)


@settings(max_examples=200, deadline=None)
@given(LENGTHS, st.integers(0, 100_000))
def test_an_edit_list_keeps_what_the_standard_keeps(lengths: list[int], size: int) -> None:
    plain = patterned(size)
    output = bytearray()
    for span in spans(lengths, size):
        assert len(output) == span.target
        output += plain[span.start : span.end]

    assert standard_edit(lengths, plain) == output


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3 * PLAIN), max_size=9))
def test_a_file_with_an_edit_list_is_edited(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int]
) -> None:
    plain = patterned(BATCH_PLAIN + 2 * PLAIN + 9)
    whole = header(data_key(DEK), edit_list(*lengths)) + seal_body(plain, DEK)

    assert standard_edit(lengths, plain) == decrypted(tmp_path_factory.mktemp("edit"), whole)


@pytest.mark.parametrize("lengths", [(0, 7), (5, 100), (70_000, 10, 3, 9), (1, 2, 3)])
def test_both_agree_on_edit_lists(tmp_path: Path, lengths: tuple[int, ...]) -> None:
    whole = header(data_key(DEK), edit_list(*lengths)) + seal_body(patterned(3 * PLAIN + 8), DEK)

    assert reference_decrypt(whole) == decrypted(tmp_path, whole)


def test_segments_of_several_data_keys_are_read_as_the_standard_says(tmp_path: Path) -> None:
    keys = [bytes([n]) * 32 for n in range(1, 4)]
    plain = patterned(10 * PLAIN + 3)
    body = b"".join(
        seal_body(plain[at : at + PLAIN], keys[at // PLAIN % 3])
        for at in range(0, len(plain), PLAIN)
    )
    whole = header(*(data_key(key) for key in keys)) + body

    assert plain == decrypted(tmp_path, whole)
    assert plain == reference_decrypt(whole)


def test_packets_of_others_and_padding_are_passed_over(tmp_path: Path) -> None:
    stranger = h.SecretKey.generate().public
    parts = [
        packet(h._u32(0) + h._u32(0) + bytes(32), stranger),
        packet(h._u32(0) + h._u32(0) + DEK + bytes(77)),
        h._u32(68) + h._u32(9) + bytes(60),
    ]

    assert decrypted(tmp_path, header(*parts) + seal_body(b"plain", DEK)) == b"plain"


def refused() -> dict[str, tuple[bytes, type[SalusError]]]:
    key, body = data_key(DEK), seal_body(b"plain", DEK)
    swollen = h._u32(2**20 + 1) + bytes(2**20 - 3)
    return {
        "magic": (b"x" + header(key)[1:], NotCrypt4gh),
        "nothing": (b"", NotCrypt4gh),
        "version": (header(key).replace(h._u32(1), h._u32(3), 1), UnknownCrypt4gh),
        "no packet": (header() + body, NotForThisReader),
        "65,537 packets": (header(key, count=65_537), HeaderTooLarge),
        "a packet above 1 MiB": (header(swollen, key) + body, HeaderTooLarge),
        "cut": (header(key)[:-1], HeaderDamaged),
        "packet of no length": (header(bytes(4)) + body, HeaderDamaged),
        "packet missing": (header(key, count=2), HeaderDamaged),
        "no data key": (header(edit_list(0, 5)) + body, NotForThisReader),
        "for another": (make_header(DEK, h.SecretKey.generate().public) + body, NotForThisReader),
        "two edit lists": (header(key, edit_list(0, 5), edit_list(0, 5)) + body, BadEditList),
        "edit list cut": (header(key, packet(h._u32(1) + h._u32(3) + bytes(23))), BadEditList),
        "unknown kind": (header(key, packet(h._u32(2) + bytes(36))) + body, UnknownPacket),
        "unknown cipher": (header(packet(h._u32(0) + h._u32(1) + DEK)) + body, UnknownPacket),
        "short key": (header(packet(h._u32(0) + h._u32(0) + DEK[:31])) + body, UnknownPacket),
        "another data key": (header(data_key(bytes(32))) + body, BodyDamaged),
        "body without plaintext": (header(key) + bytes(28), BodyDamaged),
        "body cut": (header(key) + body[:-1], BodyDamaged),
    }


@pytest.mark.parametrize("fault", list(refused()))
def test_the_import_door_refuses_and_leaves_no_file(tmp_path: Path, fault: str) -> None:
    whole, error = refused()[fault]
    (tmp_path / "whole").write_bytes(whole)

    with pytest.raises(error):
        decrypt_file(tmp_path / "whole", tmp_path / "plain", SECRET)
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_65_536_packets_are_within_the_limit(tmp_path: Path) -> None:
    filler = h._u32(h.LEAST_PACKET) + h._u32(9) + bytes(h.LEAST_PACKET - 8)
    whole = header(filler * 65_535 + data_key(DEK), count=65_536) + seal_body(b"plain", DEK)

    assert decrypted(tmp_path, whole) == b"plain"


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    whole = bytearray(reference_encrypt(patterned(12 * PLAIN)))
    whole[124 + 9 * SEGMENT + 500] ^= 1
    (tmp_path / "whole").write_bytes(whole)

    with pytest.raises(BodyDamaged) as caught:
        decrypt_file(tmp_path / "whole", tmp_path / "plain", SECRET)
    assert caught.value.details == {"segment": 9}


def test_the_standard_itself_accepts_a_truncated_file(tmp_path: Path) -> None:
    """Why sealed objects never come in here: neither door of the standard can notice."""
    whole = reference_encrypt(patterned(3 * PLAIN))[:-SEGMENT]

    assert patterned(2 * PLAIN) == reference_decrypt(whole) == decrypted(tmp_path, whole)


def test_a_foreign_header_shows_no_key(tmp_path: Path) -> None:
    (tmp_path / "whole").write_bytes(make_header(DEK, PUBLIC, plain_size=5))
    opened = read_foreign_header(tmp_path / "whole", SECRET)

    assert (opened.deks, opened.edits, opened.size) == ((DEK,), (0, 5), 216)
    assert repr(DEK)[2:-1] not in repr(opened)


def test_our_header_parses_in_the_reference_tool_packet_by_packet() -> None:
    made = make_header(DEK, PUBLIC, plain_size=9)
    keys, edits = reference_header.deconstruct(io.BytesIO(made), [(0, SECRET, None)])

    assert ([bytes(key) for key in keys], list(edits)) == ([DEK], [0, 9])
