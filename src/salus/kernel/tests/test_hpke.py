"""HPKE: what our suite is, read again from its specifications, and what it refuses."""

import json
from hashlib import sha3_256, sha256, shake_256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.hpke import PUBLIC_SIZE, NotForThisKey, ReaderKey, key_hash, seal

VECTORS = Path(__file__).parent / "vectors" / "hpke.json"
KEY = ReaderKey.from_bytes(bytes(range(96)))
SUITE_ID = b"HPKE" + bytes.fromhex("647a00110003")  # KEM, KDF, AEAD
LABEL = bytes.fromhex("5c2e2f2f5e5c")  # of MLKEM768-X25519, as of X-Wing


def read_again(secret: bytes, info: bytes, sealed: bytes) -> bytes:
    """Opens as draft-ietf-hpke-pq and the one-stage key schedule of draft-ietf-hpke-hpke say."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:64])
    x25519 = X25519PrivateKey.from_private_bytes(secret[64:])
    first, second, ciphertext = sealed[:1088], sealed[1088:1120], sealed[1120:]
    inner = mlkem.decapsulate(first) + x25519.exchange(X25519PublicKey.from_public_bytes(second))
    own = x25519.public_key().public_bytes_raw()
    shared = sha3_256(inner + second + own + LABEL).digest()
    key, nonce = key_schedule(shared, info)
    return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, b"")


def key_schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    size = 32 + 12 + 64  # key, nonce, exporter secret
    secrets = prefixed(b"") + prefixed(shared)
    context = b"\0" + prefixed(b"") + prefixed(info)
    labeled = secrets + b"HPKE-v1" + SUITE_ID + prefixed(b"secret")
    derived = shake_256(labeled + size.to_bytes(2, "big") + context).digest(size)
    return derived[:32], derived[32:44]


def prefixed(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_suite_is_the_one_of_the_specification(info: bytes, message: bytes) -> None:
    assert message == read_again(KEY.secret(), info, seal(KEY.public(), info, message))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_was_sealed_opens(info: bytes, message: bytes) -> None:
    sealed = seal(KEY.public(), info, message)

    assert message == KEY.open(info, sealed)
    assert len(message) + 1136 == len(sealed)


def test_messages_sealed_once_open_for_ever() -> None:
    for each in json.loads(VECTORS.read_text())["messages"]:
        key = ReaderKey.from_bytes(bytes.fromhex(each["secret"]))
        info, sealed = bytes.fromhex(each["info"]), bytes.fromhex(each["sealed"])

        assert bytes.fromhex(each["message"]) == key.open(info, sealed)
        assert bytes.fromhex(each["message"]) == read_again(key.secret(), info, sealed)
        assert each["key_hash"] == key_hash(key.public()).hex()


def test_a_key_comes_back_from_its_bytes() -> None:
    key = ReaderKey.generate()
    again = ReaderKey.from_bytes(key.secret())

    assert (key.secret(), key.public()) == (again.secret(), again.public())
    assert again.open(b"info", seal(key.public(), b"info", b"message")) == b"message"


def test_the_public_key_is_ml_kem_then_x25519() -> None:
    public = KEY.public()
    first = MLKEM768PrivateKey.from_seed_bytes(KEY.secret()[:64]).public_key()
    second = X25519PrivateKey.from_private_bytes(KEY.secret()[64:]).public_key()

    assert len(public) == PUBLIC_SIZE == 1216
    assert public == first.public_bytes_raw() + second.public_bytes_raw()
    assert sha256(public).digest() == key_hash(public)


def test_two_seals_of_one_message_differ() -> None:
    assert seal(KEY.public(), b"", b"message") != seal(KEY.public(), b"", b"message")


def test_no_repr_shows_the_secret() -> None:
    secret = KEY.secret()

    assert repr(KEY) == f"ReaderKey({key_hash(KEY.public()).hex()[:16]})"
    assert secret.hex()[:16] not in repr(KEY)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused(draw: st.DataObject) -> None:
    sealed = bytearray(seal(KEY.public(), b"info", b"message"))
    place = draw.draw(st.integers(0, len(sealed) - 1))
    bit = draw.draw(st.integers(0, 7))
    sealed[place] ^= 1 << bit

    with pytest.raises(NotForThisKey):
        KEY.open(b"info", bytes(sealed))


@pytest.mark.parametrize("info", [b"", b"inf", b"info\0", b"Info"])
def test_another_info_is_refused(info: bytes) -> None:
    with pytest.raises(NotForThisKey):
        KEY.open(info, seal(KEY.public(), b"info", b"message"))


def test_another_key_is_refused() -> None:
    with pytest.raises(NotForThisKey):
        ReaderKey.generate().open(b"info", seal(KEY.public(), b"info", b"message"))


@pytest.mark.parametrize("half", ["ml-kem", "x25519"])
def test_half_of_the_key_is_not_enough(half: str) -> None:
    own, other = KEY.secret(), ReaderKey.generate().secret()
    mixed = own[:64] + other[64:] if half == "ml-kem" else other[:64] + own[64:]

    with pytest.raises(NotForThisKey):
        ReaderKey.from_bytes(mixed).open(b"info", seal(KEY.public(), b"info", b"message"))


@pytest.mark.parametrize("size", [0, 1, 1087, 1119, 1120, 1135, 1136, 5000])
def test_garbage_of_any_size_is_refused(size: int) -> None:
    with pytest.raises(NotForThisKey):
        KEY.open(b"info", bytes(size))


@pytest.mark.parametrize("size", [0, 1215, 1217])
def test_a_public_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError):
        seal(bytes(size), b"info", b"message")


@pytest.mark.parametrize(
    "public", [bytes(1216), KEY.public()[:1184] + bytes(32), b"\xff" * 1184 + KEY.public()[1184:]]
)
def test_a_public_key_that_hides_nothing_is_refused(public: bytes) -> None:
    with pytest.raises(ValueError):
        seal(public, b"info", b"message")


@pytest.mark.parametrize("size", [0, 32, 95, 97])
def test_a_secret_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError):
        ReaderKey.from_bytes(bytes(size))
