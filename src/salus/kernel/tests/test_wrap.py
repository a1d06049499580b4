"""Keys over keys: derivation, wraps, rows at rest; each read again from its specification."""

import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.shamir import ORDER
from salus.kernel.wrap import (
    KeyDamaged,
    kek,
    kek_check,
    open_at_rest,
    seal_at_rest,
    unwrap_keys,
    wrap_keys,
)

VECTORS = Path(__file__).parent / "vectors" / "keys.json"
KEK, DEK, SEED = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
X_GATE, BIND = bytes(range(7, 39)), bytes(range(64))


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869, one block of 32 bytes."""
    extracted = hmac.digest(salt, ikm, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")


def kwp(key: bytes, plain: bytes) -> bytes:
    """RFC 5649 for plaintext of whole blocks."""
    register = bytes.fromhex("a65959a6") + len(plain).to_bytes(4, "big")
    blocks = [plain[at : at + 8] for at in range(0, len(plain), 8)]
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    for step in range(6 * len(blocks)):
        place = step % len(blocks)
        turned = cipher.update(register + blocks[place])
        mask = (step + 1).to_bytes(8, "big")
        register = bytes(a ^ b for a, b in zip(turned[:8], mask, strict=True))
        blocks[place] = turned[8:]
    return register + b"".join(blocks)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, ORDER - 1), st.binary(min_size=32, max_size=32))
def test_the_unit_key_is_derived_as_written(x_cust: int, x_gate: bytes) -> None:
    ikm = x_cust.to_bytes(32, "little") + x_gate
    salt = b"salus/unit-key/1\0"

    assert hkdf(ikm, salt, b"salus/kek/1\0" + BIND) == kek(x_cust, x_gate, BIND)
    assert hkdf(ikm, salt, b"salus/kek-check/1\0" + BIND) == kek_check(x_cust, x_gate, BIND)


def test_keys_derived_once_stay_the_same() -> None:
    for each in json.loads(VECTORS.read_text())["units"]:
        halves = int(each["x_cust"]), bytes.fromhex(each["x_gate"]), bytes.fromhex(each["bind"])

        assert (each["kek"], each["kek_check"]) == (kek(*halves).hex(), kek_check(*halves).hex())
        assert bytes.fromhex(each["dek"] + each["seed"]) == b"".join(
            unwrap_keys(kek(*halves), bytes.fromhex(each["wrap"]))
        )


def test_each_input_changes_the_unit_key() -> None:
    keys = {
        kek(5, X_GATE, BIND),
        kek(6, X_GATE, BIND),
        kek(5, bytes(32), BIND),
        kek(5, X_GATE, bytes(64)),
        kek_check(5, X_GATE, BIND),
    }

    assert len(keys) == 5


def test_a_wrap_is_aes_256_kwp_over_both_keys() -> None:
    wrapped = wrap_keys(KEK, DEK, SEED)

    assert len(wrapped) == 72
    assert kwp(KEK, DEK + SEED) == wrapped


def test_a_wrap_opens_to_both_keys() -> None:
    assert unwrap_keys(KEK, wrap_keys(KEK, DEK, SEED)) == (DEK, SEED)


@pytest.mark.parametrize("place", range(72))
def test_any_changed_byte_of_a_wrap_is_refused(place: int) -> None:
    wrapped = bytearray(wrap_keys(KEK, DEK, SEED))
    wrapped[place] ^= 0x80

    with pytest.raises(KeyDamaged):
        unwrap_keys(KEK, bytes(wrapped))


@pytest.mark.parametrize("size", [0, 1, 8, 16, 64, 71, 73, 80])
def test_a_wrap_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(KeyDamaged):
        unwrap_keys(KEK, bytes(size))


@pytest.mark.parametrize("size", [1, 32, 63, 65])
def test_a_wrap_of_other_content_is_refused(size: int) -> None:
    with pytest.raises(KeyDamaged):
        unwrap_keys(KEK, aes_key_wrap_with_padding(KEK, bytes(size)))


def test_a_wrap_under_another_key_is_refused() -> None:
    with pytest.raises(KeyDamaged):
        unwrap_keys(DEK, wrap_keys(KEK, DEK, SEED))


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_a_row_opens_where_it_was_sealed(plain: bytes, place: bytes) -> None:
    sealed = seal_at_rest(KEK, place, plain)

    assert plain == open_at_rest(KEK, place, sealed)
    assert plain == AESGCM(KEK).decrypt(sealed[:12], sealed[12:], place)


def test_a_row_in_another_place_is_refused() -> None:
    with pytest.raises(KeyDamaged):
        open_at_rest(KEK, b"share2", seal_at_rest(KEK, b"share1", b"plain"))


def test_a_row_under_another_storage_key_is_refused() -> None:
    with pytest.raises(KeyDamaged):
        open_at_rest(DEK, b"share", seal_at_rest(KEK, b"share", b"plain"))


@pytest.mark.parametrize("place", range(12 + 5 + 16))
def test_any_changed_byte_of_a_row_is_refused(place: int) -> None:
    sealed = bytearray(seal_at_rest(KEK, b"share", b"plain"))
    sealed[place] ^= 1

    with pytest.raises(KeyDamaged):
        open_at_rest(KEK, b"share", bytes(sealed))


@pytest.mark.parametrize("size", [0, 7, 11, 12, 27, 28])
def test_a_row_cut_short_is_refused(size: int) -> None:
    with pytest.raises(KeyDamaged):
        open_at_rest(KEK, b"share", bytes(size))


def test_no_two_rows_share_a_nonce() -> None:
    sealed = {seal_at_rest(KEK, b"share", b"plain")[:12] for _ in range(50)}

    assert len(sealed) == 50
