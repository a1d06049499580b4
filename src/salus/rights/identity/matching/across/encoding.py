"""People as keyed codes, to be compared by somebody who is not told the key. Pure.

Whatever must be equal becomes a keyed tag. Names and addresses, which are written in many ways,
become Bloom filters of their pairs of letters and of their words (Schnell, Bachteler and Reiher,
BMC Medical Informatics 9 (2009) 41). Equal values have equal codes: a matcher sees how often a code
occurs, and therefore must be one that both organizations trust not to ask either of them for more.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from salus.kernel.encoding import TAG
from salus.rights.identity.matching.blocking import blocks
from salus.rights.identity.matching.names import Name
from salus.rights.identity.matching.person import Identifier, Person

KEY_SIZE: Final = 32
BITS: Final = 1_024
"""Of a filter: an address of fifteen words fills an eighth of it."""
_HASHES: Final = 8
_TAG_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class EncodedName:
    """Filters of how both parts sound, and tags of how they are written; empty where none is."""

    family: bytes
    given: bytes
    family_sound: bytes
    given_sound: bytes


@dataclass(frozen=True, slots=True)
class EncodedPhone:
    number: bytes
    last: bytes


@dataclass(frozen=True, slots=True)
class EncodedIdentifier:
    """`unique` is the tag of a system in which everybody has one number; else it is empty."""

    number: bytes
    system: bytes
    unique: bytes


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    key: bytes
    second: bytes


@dataclass(frozen=True, slots=True)
class Encoded:
    """A person in codes; `handle` is random and stands for the person in the answer.

    `parts` of the day of birth are its year with its month, its year with its day, and so on.
    """

    handle: bytes
    names: tuple[EncodedName, ...]
    birth: bytes
    swapped: bytes
    lunar: bytes
    parts: tuple[bytes, ...]
    sex: bytes
    phones: tuple[EncodedPhone, ...]
    addresses: tuple[bytes, ...]
    identifiers: tuple[EncodedIdentifier, ...]
    blocks: tuple[EncodedBlock, ...]
    is_multiple: int


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes codes under the key that two organizations agreed on."""

    key: bytes = field(repr=False)

    def check(self) -> bytes:
        """What tells whether two files were made under one key."""
        return self.tag("check", "salus")

    def encode(self, person: Person, handle: bytes) -> Encoded:
        return Encoded(
            handle=handle,
            names=tuple(map(self._name, person.names)),
            birth=self.tag("birth", person.birth),
            swapped=self.tag("birth", _swapped(person.birth)),
            lunar=self.tag("birth", person.lunar),
            parts=tuple(self.tag("part", part) for part in _parts(person.birth)),
            sex=self.tag("sex", person.sex),
            phones=tuple(
                EncodedPhone(self.tag("phone", each), self.tag("last", each[-7:]))
                for each in person.phones
            ),
            addresses=tuple(
                self.filter("address", each.tokens) for each in person.addresses if each.tokens
            ),
            identifiers=tuple(map(self._identifier, person.identifiers)),
            blocks=tuple(
                EncodedBlock(self.tag("block", each.key), self.tag("second", each.second))
                for each in blocks(person)
            ),
            is_multiple=person.is_multiple,
        )

    def tag(self, purpose: str, value: str) -> bytes:
        """The code of what must be equal; nothing has the code of nothing."""
        return self._mac(purpose, value)[:_TAG_SIZE] if value else b""

    def filter(self, purpose: str, tokens: Iterable[str]) -> bytes:
        """A Bloom filter: each token sets the bits that its code names."""
        bits = 0
        for token in tokens:
            code = self._mac(purpose, token)
            for at in range(0, 2 * _HASHES, 2):
                bits |= 1 << int.from_bytes(code[at : at + 2]) % BITS
        return bits.to_bytes(BITS // 8) if bits else b""

    def _mac(self, purpose: str, value: str) -> bytes:
        message = TAG(f"salus/match-{purpose}/1") + value.encode()
        return hmac.digest(self.key, message, sha256)

    def _name(self, name: Name) -> EncodedName:
        """Both parts under one purpose, so that parts that were swapped are recognized."""
        return EncodedName(
            self.tag("name", name.family),
            self.tag("name", name.given),
            self.filter("sound", _pairs(name.family_sound)),
            self.filter("sound", _pairs(name.given_sound)),
        )

    def _identifier(self, each: Identifier) -> EncodedIdentifier:
        system = self.tag("system", each.system)
        number = self.tag("identifier", f"{each.system}|{each.value}")
        return EncodedIdentifier(number, system, system if each.is_unique else b"")


def _pairs(text: str) -> Iterator[str]:
    """Pairs of letters, the first and the last with the edge of the word."""
    padded = f"_{text}_"
    return (padded[at : at + 2] for at in range(len(padded) - 1)) if text else iter(())


def _swapped(birth: str) -> str:
    if not birth:
        return ""
    year, month, day = birth.split("-")
    return f"{year}-{day}-{month}"


def _parts(birth: str) -> Iterator[str]:
    if birth:
        year, month, day = birth.split("-")
        yield from (f"{year}-{month}", f"{year}--{day}", f"{month}-{day}")
