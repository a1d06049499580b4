"""Sealing under words that a person keeps: slow to try, and never right by chance."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from salus.kernel.encoding import TAG
from salus.kernel.errors import SalusError

SHORTEST = 12  # characters
_SALT, _NONCE = 16, 12
_SCRYPT = {"length": 32, "n": 2**17, "r": 8, "p": 1}  # OWASP: 128 MiB for each try


class PassphraseShort(SalusError):
    """The passphrase has less than {shortest} characters."""

    hint = "Take five or more words by chance, and keep them apart from what they open."


class PassphraseWrong(SalusError):
    """The passphrase does not open this file, or the file was changed."""

    hint = "Compare the passphrase letter by letter, and the file with its other copies."
    status = 403


def seal_under(passphrase: str, place: bytes, plain: bytes) -> bytes:
    """Salt 16, nonce 12, AES-256-GCM; `place` says what it is. Raises PassphraseShort."""
    if len(passphrase) < SHORTEST:
        raise PassphraseShort(shortest=SHORTEST)
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, place)


def open_under(passphrase: str, place: bytes, sealed: bytes) -> bytes:
    """Raises PassphraseWrong."""
    salt, rest = sealed[:_SALT], sealed[_SALT:]
    if len(salt) < _SALT or len(rest) < _NONCE:
        raise PassphraseWrong
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(rest[:_NONCE], rest[_NONCE:], place)
    except InvalidTag:
        raise PassphraseWrong from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **_SCRYPT).derive(TAG("salus/passphrase/1") + passphrase.encode())
