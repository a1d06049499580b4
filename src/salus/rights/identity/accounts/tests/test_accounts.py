"""Passwords, codes and wallets, without a portal around them."""

import secrets
from contextlib import suppress
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import new_record_id
from salus.kernel.wrap import KeyDamaged, open_at_rest
from salus.rights.identity.accounts import totp
from salus.rights.identity.accounts.errors import NameTaken, WeakPassword
from salus.rights.identity.accounts.model import (
    check_password,
    code_bytes,
    code_text,
    folded,
    spare_bytes,
    spare_text,
)
from salus.rights.identity.accounts.stretching import PASSWORD, argon2id
from salus.rights.identity.accounts.wallet import Wallet, open_keystore, seal


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_read_as_it_was_written(secret: bytes) -> None:
    text = code_text(secret)
    assert code_bytes(text) == secret
    assert code_bytes(text.lower().replace("-", " ")) == secret
    assert code_bytes(text.replace("0", "O").replace("1", "l")) == secret


@given(st.text(max_size=40))
def test_anything_else_is_no_code(text: str) -> None:
    found = code_bytes(text)
    assert found is None or code_text(found).replace("-", "") == code_text(found).replace("-", "")
    assert code_bytes(text + "!") is None


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "password1234",
        "aaaaaaaaaaaaaa",
        "todd is my name!",
        "x" * 257,
        "qwerty123456",
        "1q2w3e4r5t6y",
        "abcdefghijkl",
        "iloveyou1234",
        "woaini1314520",
        "Password2024!",
        "P@ssw0rd1234",
        "hospital2026!",
        "passwordpassword",
        "qazwsxedcrfv",
        "monkey monkey monkey",
        "michaeljordan",
    ],
)
def test_what_is_easy_to_guess_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(weak, "Todd")


def test_words_and_spaces_are_welcome() -> None:
    check_password("correct horse battery staple", "Todd")
    check_password("生日蛋糕和三只蓝色的鸟儿飞走", "Todd")


@given(st.text(st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    with suppress(WeakPassword):
        check_password(text, "Todd")


@given(st.binary(min_size=10, max_size=10))
def test_a_spare_code_is_read_as_it_was_written(secret: bytes) -> None:
    text = spare_text(secret)
    assert len(text) == 19
    assert spare_bytes(text) == secret
    assert spare_bytes(text.lower().replace("-", " ").replace("0", "o")) == secret
    assert spare_bytes(text + "0") is None
    assert code_bytes(text) is None


def test_digits_are_those_that_are_asked_for() -> None:
    secret = b"12345678901234567890"
    assert totp.digits(secret, 59) == "287082"
    assert totp.step_of(secret, totp.digits(secret, 1_000), 1_000) == 1_000 // totp.STEP


def test_names_are_one_in_every_spelling() -> None:
    assert folded(" \uff34\uff2f\uff24\uff24 ") == folded("todd")
    with pytest.raises(NameTaken):
        folded("x")


def test_every_key_of_a_wallet_follows_from_its_root_and_from_nothing_else() -> None:
    root, record = secrets.token_bytes(32), new_record_id()
    wallet, same, other = Wallet(root), Wallet(root), Wallet.generate()
    assert wallet.controller(record).address == same.controller(record).address
    assert wallet.reader().public() == same.reader().public()
    keys = [
        wallet.controller(record).address,
        wallet.controller(new_record_id()).address,
        wallet.guardian().address,
        other.controller(record).address,
    ]
    assert all(one != two for one, two in pairwise(sorted(keys)))


def test_a_keystore_opens_with_its_password_only() -> None:
    wallet = Wallet.generate()
    keystore = seal(wallet.root, "correct horse battery staple")
    assert wallet.root not in keystore
    assert open_keystore(keystore, "correct horse battery staple") == wallet
    with pytest.raises(KeyDamaged):
        open_keystore(keystore, "correct horse battery stapl")


def test_a_guess_at_a_keystore_costs_three_passes_over_64_mebibytes() -> None:
    """Homes keep keystores without these numbers, so that they cannot change."""
    root = secrets.token_bytes(32)
    keystore = seal(root, "correct horse battery staple")
    made = Argon2id(salt=keystore[:16], length=32, iterations=3, lanes=1, memory_cost=65_536)
    key = made.derive(b"correct horse battery staple")

    assert open_at_rest(key, b"salus/keystore/1\0", keystore[16:]) == root


def test_a_guess_at_a_password_costs_two_passes_over_19_mebibytes() -> None:
    made = argon2id(bytes(16), PASSWORD).derive_phc_encoded(b"correct horse battery staple")

    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_wallet_never_shows_its_root() -> None:
    wallet = Wallet.generate()
    assert wallet.root.hex() not in repr(wallet)
    assert repr(wallet.root) not in repr(wallet)


def test_digits_are_those_of_their_half_minute_and_its_neighbors() -> None:
    secret = b"12345678901234567890"  # RFC 6238 appendix B, truncated to six digits
    assert totp.step_of(secret, "287082", 59) == 1
    assert totp.step_of(secret, "287 082", 59 + 30) == 1
    assert totp.step_of(secret, "287082", 59 + 61) is None
    assert totp.step_of(secret, "28708", 59) is None
