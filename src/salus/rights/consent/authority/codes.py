"""Addresses as people read them out: 36 letters and digits, of which a mistyped one is noticed."""

from hashlib import sha256

from salus.kernel.encoding import TAG
from salus.kernel.ids import Address

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, without I, L, O and U
_LENGTH, _GROUP, _PAD = 36, 4, 4  # 160 bits, 16 of a check, 4 that say nothing


def code_of(address: Address) -> str:
    """In groups of four."""
    number = int.from_bytes(address + _check(address), "big") << _PAD
    chars = [_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH))]
    text = "".join(chars)
    return "-".join(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def address_in(text: str) -> Address | None:
    """What `code_of` wrote, however it was typed; None for anything else."""
    alike = str.maketrans("OIL", "011", "-")
    plain = "".join(text.split()).upper().translate(alike)
    if len(plain) != _LENGTH or any(char not in _ALPHABET for char in plain):
        return None
    number = 0
    for char in plain:
        number = number << 5 | _ALPHABET.index(char)
    raw = (number >> _PAD).to_bytes(22, "big")
    address = Address(raw[:20])
    return address if raw[20:] == _check(address) and not number & 0xF else None


def _check(address: Address) -> bytes:
    return sha256(TAG("salus/address-code/1") + address).digest()[:2]
