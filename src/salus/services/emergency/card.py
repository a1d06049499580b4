"""The offline card: signed lines, sealed under a code that its holder keeps. Pure.

A card is the canonical JSON of its body and the source's signature, deflated. Sealed, it is
encrypted under its tear-off code. It travels in parts of text that fit a QR code in alphanumeric
mode, each `SALUS1/number/count/mark/base32`; the mark is the beginning of the hash of the whole.
"""

import secrets
import zlib
from base64 import b32decode, b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from salus.kernel.documents import BadDocument, canonical_bytes, parse
from salus.kernel.eip712 import digest, struct_hash
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.rights.records.versions import signing_domain
from salus.services.emergency.errors import (
    CardDamaged,
    CardNotTrusted,
    CardOutdated,
    CardTooLong,
    CodeWrong,
    NotACard,
    PartMissing,
    TwoCards,
)
from salus.services.emergency.lines import Line

PREFIX = "SALUS1"
CARD_TYPE = keccak256(b"Card(bytes32 id)")
PART = 280  # bytes in one code at most: 448 characters, a QR code of version 13 with correction M
MOST_PARTS = 12
LARGEST = 65_536  # bytes of a card that is not deflated
_SIGNATURE, _SALT, _NONCE = 65, 16, 12
_OPEN, _SEALED = b"\x00", b"\x01"
_SCRYPT = {"length": 32, "n": 2**15, "r": 8, "p": 1}  # a tenth of a second on a phone of today
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that looks like another
CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Card:
    """What a source states about one record, for as long as `until`."""

    chain: int
    registry: Address
    record: RecordId
    version: int
    source: Address
    issued: datetime
    until: datetime
    lines: tuple[Line, ...]

    def digest(self) -> bytes:
        """What the source signs: EIP-712 `Card(bytes32 id)` in the domain of custody."""
        own = H(TAG("salus/card/1"), canonical_bytes(self))
        return digest(signing_domain(self.chain, self.registry), struct_hash(CARD_TYPE, own))


@dataclass(frozen=True, slots=True)
class Printed:
    """The parts of a card, and the code that opens them; empty for an open card."""

    parts: tuple[str, ...]
    code: str


def printed(card: Card, *, by: SigningKey, is_sealed: bool = True) -> Printed:
    """Sign a card and divide it. Raises CardTooLong."""
    plain = zlib.compress(canonical_bytes(card) + by.sign(card.digest()), 9)
    code = new_code() if is_sealed else ""
    whole = _seal(plain, code) if is_sealed else _OPEN + plain
    count = -(-len(whole) // PART)
    if count > MOST_PARTS:
        raise CardTooLong(limit=MOST_PARTS)
    size = -(-len(whole) // count)  # all codes of one size
    parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    mark = _mark(whole)
    return Printed(
        tuple(
            f"{PREFIX}/{number}/{len(parts)}/{mark}/{b32encode(part).decode().rstrip('=')}"
            for number, part in enumerate(parts, start=1)
        ),
        code,
    )


def _seal(plain: bytes, code: str) -> bytes:
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    head = _SEALED + salt + nonce
    return head + AESGCM(_key(code, salt)).encrypt(nonce, plain, head)


def _key(code: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **_SCRYPT).derive(TAG("salus/card-code/1") + code.encode())


def _mark(whole: bytes) -> str:
    return b32encode(sha256(whole).digest()[:5]).decode()


def new_code() -> str:
    """Ten characters of 5 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """In two groups, as it is printed."""
    return f"{code[:5]}-{code[5:]}"


def typed_code(text: str) -> str:
    """A code as somebody typed it: hyphens, small letters and look-alikes do not matter."""
    alike = str.maketrans("OIL", "011")
    return "".join(text.split()).replace("-", "").upper().translate(alike)


def is_code(text: str) -> bool:
    """Whether a text can be the code of a strip."""
    typed = typed_code(text)
    return len(typed) == CODE_LENGTH and set(typed) <= set(_ALPHABET)


# READING


def joined(texts: Iterable[str]) -> bytes:
    """The parts of one card, in any order. Raises NotACard, TwoCards, PartMissing, CardDamaged."""
    found: dict[int, bytes] = {}
    heads = set()
    for text in texts:
        number, head, part = _part(text)
        if found.setdefault(number, part) != part:
            raise TwoCards
        heads.add(head)
    if len(heads) > 1:
        raise TwoCards
    if not heads:
        raise NotACard
    ((count, mark),) = heads
    for number in range(1, count + 1):
        if number not in found:
            raise PartMissing(missing=number, count=count)
    whole = b"".join(found[number] for number in sorted(found))
    if _mark(whole) != mark:
        raise CardDamaged
    return whole


def _part(text: str) -> tuple[int, tuple[int, str], bytes]:
    try:
        prefix, number, count, mark, body = text.strip().split("/")
        part = b32decode(body + "=" * (-len(body) % 8))
        at, of = int(number), int(count)
    except ValueError:
        raise NotACard from None
    if prefix != PREFIX or not 1 <= at <= of <= MOST_PARTS:
        raise NotACard
    return at, (of, mark), part


def is_sealed(whole: bytes) -> bool:
    return whole[:1] == _SEALED


def opened(whole: bytes, code: str) -> tuple[Card, bytes]:
    """The card and its signature. Raises CodeWrong and CardDamaged."""
    plain = _unsealed(whole, code) if is_sealed(whole) else whole[1:]
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(plain, LARGEST)
        card = parse(Card, content[:-_SIGNATURE])
    except (zlib.error, BadDocument):
        raise CardDamaged from None
    if not inflate.eof or canonical_bytes(card) != content[:-_SIGNATURE]:
        raise CardDamaged
    return card, content[-_SIGNATURE:]


def _unsealed(whole: bytes, code: str) -> bytes:
    head = whole[: 1 + _SALT + _NONCE]
    salt, nonce = head[1 : 1 + _SALT], head[1 + _SALT :]
    try:
        return AESGCM(_key(typed_code(code), salt)).decrypt(nonce, whole[len(head) :], head)
    except (InvalidTag, ValueError):
        raise CodeWrong from None


def check(
    card: Card, signature: bytes, trust: Mapping[str, Any], now: datetime, *, outdated: bool = False
) -> None:
    """Whether a source that the reader trusts signed it, and it is still valid.

    `trust` is a file of trust as of `salus verify`, with its `sources`. Raises CardNotTrusted and
    CardOutdated.
    """
    signer = recover(card.digest(), signature)
    here = (trust.get("chain"), trust.get("custody")) == (card.chain, to_hex(card.registry))
    revoked = signer is not None and to_hex(signer) in trust.get("revoked", ())
    if signer != card.source or not here or revoked or not _is_source(card, trust):
        raise CardNotTrusted
    if now >= card.until and not outdated:
        raise CardOutdated(until=card.until.isoformat()[:10])


def _is_source(card: Card, trust: Mapping[str, Any]) -> bool:
    sources: Sequence[Any] = trust.get("sources") or ()
    return any(
        isinstance(each, dict)
        and each.get("key") == to_hex(card.source)
        and _moment(each.get("valid_from")) <= card.issued
        and (each.get("valid_until") is None or card.issued < _moment(each["valid_until"]))
        for each in sources
    )


def _moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError):
        raise CardNotTrusted from None
