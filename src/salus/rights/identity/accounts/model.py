"""Names, passwords, codes, and when an account closes for a while. Pure."""

import re
import unicodedata
from datetime import timedelta

from salus.rights.identity.accounts.errors import NameTaken, WeakPassword
from salus.rights.identity.accounts.guessing import is_guessable

TRIES, CLOSED_FOR = 5, timedelta(minutes=15)
SUSPENDED = 1 << 40
"""Until when an account is closed that stays so until an administrator opens it, in seconds."""
SHORTEST, LONGEST = 12, 256
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, without I, L, O and U
_CODE_BYTES, _GROUP = 16, 5
SPARE_BYTES, _SPARE_GROUP = 10, 4
_COMMON = re.compile(
    "pass(word|wort)|1234567890?|qwerty(uiop)?|abc123|letmein|iloveyou|admin|welcome|monkey|dragon"
    "|football|baseball|sunshine|princess|health|hospital|salus|woaini|5201314|a?a?123456"
)


def folded(name: str) -> str:
    """What a name is found by: case and width do not matter. Raises NameTaken for none at all."""
    found = unicodedata.normalize("NFKC", name).strip().casefold()
    if not 3 <= len(found) <= 64 or not found.isprintable():
        raise NameTaken
    return found


def check_password(password: str, name: str) -> None:
    """Long, not common, not the name, and not quickly guessed; no other rules (NIST SP 800-63B-4,
    section 3.1.1.2). Raises WeakPassword.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(password) < SHORTEST:
        raise WeakPassword(reason=f"< {SHORTEST}")
    if len(password) > LONGEST:
        raise WeakPassword(reason=f"> {LONGEST}")
    if len(set(plain)) < 5:
        raise WeakPassword(reason="aaaa")
    if folded(name) in plain or len(_COMMON.sub("", plain)) < SHORTEST // 2:
        raise WeakPassword(reason="***")
    if is_guessable(plain, folded(name)):
        raise WeakPassword(reason="***")


def spare_text(secret: bytes) -> str:
    """A spare code of 80 bits, in four groups of four."""
    number = int.from_bytes(secret, "big")
    text = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(16)))
    return "-".join(text[at : at + _SPARE_GROUP] for at in range(0, 16, _SPARE_GROUP))


def spare_bytes(text: str) -> bytes | None:
    """What `spare_text` wrote, however it was typed; None for anything else."""
    plain = _plain(text)
    if len(plain) != 16 or any(char not in _ALPHABET for char in plain):
        return None
    number = 0
    for char in plain:
        number = number << 5 | _ALPHABET.index(char)
    return number.to_bytes(SPARE_BYTES, "big")


def _plain(text: str) -> str:
    return text.upper().translate(str.maketrans("OILU", "011V", "- \t"))


def code_text(secret: bytes) -> str:
    """A recovery or invitation code of 128 bits, in groups of five that are easy to read out."""
    number = int.from_bytes(secret, "big") << 2  # 130 bits are 26 characters
    chars = [_ALPHABET[number >> 5 * place & 31] for place in reversed(range(26))]
    text = "".join(chars)
    return "-".join(text[at : at + _GROUP] for at in range(0, 26, _GROUP))


def code_bytes(text: str) -> bytes | None:
    """What `code_text` wrote, however it was typed; None for anything else."""
    plain = _plain(text)
    if len(plain) != 26 or any(char not in _ALPHABET for char in plain):
        return None
    number = 0
    for char in plain:
        number = number << 5 | _ALPHABET.index(char)
    return (number >> 2).to_bytes(_CODE_BYTES, "big") if number & 3 == 0 else None
