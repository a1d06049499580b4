"""The ciphers, curves and derivations that the kernel builds on, against Project Wycheproof.

The kernel takes them from two libraries; these vectors find a release that is wrong or lax.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from salus.kernel.secp256k1 import HALF_ORDER, keccak256, recover
from salus.kernel.wrap import KeyDamaged, unwrap_keys


def rows(name: str) -> list[dict[str, Any]]:
    known = json.loads((Path(__file__).parent / "vectors" / f"wycheproof_{name}.json").read_text())
    return [dict(zip(known["columns"], row, strict=True)) for row in known["rows"]]


def raw(row: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(row[name]) for name in names]


def failed(found: dict[int, bool], known: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The vectors whose outcome is not the known one."""
    wrong = [row for row in known if found[row["id"]] != (row["result"] == "valid")]
    return [(row["id"], row["comment"]) for row in wrong]


def is_signed(row: dict[str, Any]) -> bool:
    """Whether either value of v recovers the key."""
    message, signature, public = raw(row, "message", "signature", "public")
    digest, address = sha256(message).digest(), keccak256(public[1:])[12:]
    return any(recover(digest, signature + bytes([v])) == address for v in (27, 28))


def test_signatures_recover_their_key_when_s_is_low() -> None:
    known = rows("ecdsa_secp256k1")
    for row in known:
        if int(row["signature"][64:] or "0", 16) > HALF_ORDER:
            row["result"] = "s is high, which the ledger refuses"
    found = {row["id"]: is_signed(row) for row in known}

    assert failed(found, known) == []
    assert sum(found.values()) > 80


def test_chacha20_poly1305_opens_only_what_was_sealed() -> None:
    known = rows("chacha20_poly1305")
    found = {row["id"]: opens(row) for row in known}

    assert failed(found, known) == []


def opens(row: dict[str, Any]) -> bool:
    key, nonce, aad, message, sealed = raw(row, "key", "nonce", "aad", "message", "sealed")
    try:
        opened = ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        return False
    return opened == message and ChaCha20Poly1305(key).encrypt(nonce, message, aad) == sealed


def test_aes_kwp_unwraps_only_what_was_wrapped() -> None:
    known = rows("aes_256_kwp")
    found = {row["id"]: unwraps(row) for row in known}

    assert failed(found, known) == []


def unwraps(row: dict[str, Any]) -> bool:
    key, message, wrapped = raw(row, "key", "message", "wrapped")
    try:
        opened = aes_key_unwrap_with_padding(key, wrapped)
    except InvalidUnwrap:
        return False
    return opened == message and aes_key_wrap_with_padding(key, message) == wrapped


def test_no_foreign_wrap_holds_the_keys_of_an_object() -> None:
    for row in rows("aes_256_kwp"):
        key, message, wrapped = raw(row, "key", "message", "wrapped")
        if row["result"] == "valid" and len(message) == 64:
            assert (message[:32], message[32:]) == unwrap_keys(key, wrapped)
        else:
            with pytest.raises(KeyDamaged):
                unwrap_keys(key, wrapped)


def test_x25519_agrees_and_refuses_points_that_give_nothing() -> None:
    known = rows("x25519")
    for row in known:
        private, public, shared = raw(row, "private", "public", "shared")
        secret, other = X25519PrivateKey.from_private_bytes(private), X25519PublicKey
        if row["result"] == "zero":
            with pytest.raises(ValueError, match="shared key"):
                secret.exchange(other.from_public_bytes(public))
        else:
            assert shared == secret.exchange(other.from_public_bytes(public)), row["id"]


def test_hkdf_derives_what_is_known() -> None:
    known = rows("hkdf_sha256")
    found = {row["id"]: derives(row) for row in known}

    assert failed(found, known) == []


def derives(row: dict[str, Any]) -> bool:
    ikm, salt, info, okm = raw(row, "ikm", "salt", "info", "okm")
    try:
        return HKDF(SHA256(), length=row["size"], salt=salt, info=info).derive(ikm) == okm
    except ValueError:
        return False
