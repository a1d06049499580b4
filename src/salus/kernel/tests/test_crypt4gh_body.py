"""Bodies in memory: layout, padding, and what is refused."""

import secrets
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.crypt4gh import (
    SEGMENT,
    BodyDamaged,
    BodyReplaced,
    body_size,
    open_body,
    padded_size,
    seal_body,
    segment_root,
    unpad,
)
from salus.kernel.crypt4gh.errors import FileTooLarge
from salus.kernel.crypt4gh.segments import PLAIN, plain_capacity, require_one_key

DEK = bytes(range(32))
SIZES = st.one_of(
    st.integers(0, 300),
    st.sampled_from([4095, 4096, 4097, 16_384, 16_385, 65_535, 65_536, 65_537, 131_072, 131_073]),
)


def patterned(size: int) -> bytes:
    """Bytes that differ from segment to segment."""
    return (b"".join(i.to_bytes(4, "big") for i in range(size // 4 + 1)))[:size]


def parts(body: bytes) -> list[bytes]:
    return [body[at : at + SEGMENT] for at in range(0, len(body), SEGMENT)]


def test_each_segment_is_nonce_then_ciphertext_then_tag() -> None:
    plain = patterned(PLAIN + 5)
    first, second = parts(seal_body(plain, DEK))
    cipher = ChaCha20Poly1305(DEK)

    assert (len(first), len(second)) == (65_564, 33)
    assert plain[:PLAIN] == cipher.decrypt(first[:12], first[12:], None)
    assert plain[PLAIN:] == cipher.decrypt(second[:12], second[12:], None)


def test_the_root_hashes_segments_at_level_60_of_an_rfc_6962_tree() -> None:
    body = seal_body(patterned(2 * PLAIN + 1), DEK)
    a, b, c = (sha256(b"\x00\x60" + part).digest() for part in parts(body))
    pair = sha256(b"\x01" + a + b).digest()

    assert sha256(b"\x01" + pair + c).digest() == segment_root(body)


def test_no_nonce_repeats() -> None:
    bodies = [seal_body(bytes(3 * PLAIN), DEK) for _ in range(4)]
    nonces = [part[:12] for body in bodies for part in parts(body)]

    assert len(nonces) == len(set(nonces))


@pytest.mark.parametrize(
    ("plain", "padded"),
    [
        (0, 4096),
        (1, 4096),
        (4096, 4096),
        (4097, 16_384),
        (16_385, 65_536),
        (65_537, 131_072),
        (196_608, 196_608),
    ],
)
def test_sizes_are_padded_to_buckets(plain: int, padded: int) -> None:
    assert padded == padded_size(plain)


@settings(max_examples=40, deadline=None)
@given(SIZES)
def test_what_was_sealed_opens(size: int) -> None:
    plain = patterned(size)
    body = seal_body(plain.ljust(padded_size(size), b"\0"), DEK)
    opened = open_body(body, DEK, segment_root(body))

    assert len(body) == body_size(padded_size(size))
    assert plain == unpad(opened, size)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused_by_its_segment(draw: st.DataObject) -> None:
    body = seal_body(patterned(2 * PLAIN + 100), DEK)
    place = draw.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[place] ^= draw.draw(st.integers(1, 255))

    with pytest.raises(BodyDamaged) as caught:
        open_body(bytes(changed), DEK, segment_root(body))
    assert {"segment": place // SEGMENT} == caught.value.details


def rearranged(body: bytes) -> dict[str, bytes]:
    a, b, c = parts(body)
    return {
        "truncated at a border": a + b,
        "swapped": b + a + c,
        "repeated": a + a + b + c,
        "a segment removed": a + c,
        "a segment in another's place": a + a + c,
        "the end first": a + c + b,
        "inserted from another body of the same key": a + seal_body(bytes(PLAIN), DEK) + b + c,
        "all of another body of the same key": seal_body(patterned(2 * PLAIN + 100), DEK),
    }


@pytest.mark.parametrize("how", list(rearranged(seal_body(bytes(3 * PLAIN), DEK))))
def test_rearranged_segments_are_refused(how: str) -> None:
    body = seal_body(patterned(2 * PLAIN + 100), DEK)

    with pytest.raises(BodyDamaged):
        open_body(rearranged(body)[how], DEK, segment_root(body))


def test_whole_segments_in_another_order_are_called_another_body() -> None:
    body = seal_body(patterned(3 * PLAIN), DEK)
    first, second, third = parts(body)

    with pytest.raises(BodyReplaced) as caught:
        open_body(second + first + third, DEK, segment_root(body))
    assert str(caught.value) == "The encrypted body of 3 segments is not the one that was sealed."


@pytest.mark.parametrize("size", [0, 1, 12, 27, 28, SEGMENT + 1, SEGMENT + 28])
def test_sizes_that_no_body_has_are_refused(size: int) -> None:
    body = (seal_body(bytes(PLAIN), DEK) + bytes(60))[:size]

    with pytest.raises(BodyDamaged):
        open_body(body, DEK, bytes(32))


def test_an_empty_body_is_refused_under_any_root() -> None:
    with pytest.raises(BodyDamaged):
        open_body(b"", DEK, sha256(b"").digest())


@pytest.mark.parametrize("size", [100, PLAIN + 100])
def test_another_key_is_refused(size: int) -> None:
    body = seal_body(bytes(size), DEK)

    with pytest.raises(BodyDamaged) as caught:
        open_body(body, secrets.token_bytes(32), segment_root(body))
    assert caught.value.details == {"segment": 0}


def test_a_forged_root_opens_nothing_of_another_key() -> None:
    body = seal_body(bytes(100), bytes(32))

    with pytest.raises(BodyDamaged):
        open_body(body, DEK, segment_root(body))


@pytest.mark.parametrize("place", [100, 4095])
def test_padding_that_is_not_zero_is_refused(place: int) -> None:
    plain = bytearray(4096)
    plain[place] = 1

    with pytest.raises(BodyDamaged):
        unpad(bytes(plain), 100)


@pytest.mark.parametrize("size", [4096 + 1, 4095, 16_384])
def test_padding_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(BodyDamaged):
        unpad(bytes(size), 100)


def test_one_key_encrypts_no_more_than_16_tib() -> None:
    require_one_key(2**44)

    with pytest.raises(FileTooLarge):
        require_one_key(2**44 + 1)


@given(st.integers(0, 2**44))
def test_sizes_of_body_and_plaintext_lead_to_each_other(size: int) -> None:
    assert size == plain_capacity(body_size(size))
