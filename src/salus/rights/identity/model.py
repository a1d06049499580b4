"""Organizations, their roles and keys, and the signed intents by which anybody acts. Pure."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey


class KeyUse(IntEnum):
    """What an organization's key may do; numbers as in Organizations.sol."""

    ADMIN = 0
    ACT = 1
    ATTEST = 2
    CUSTODY = 3
    GATEWAY = 4
    READER = 5
    LOG = 6


class Roles(IntFlag):
    """Bits of an organization's roles, as in Organizations.sol."""

    SOURCE = 1 << 0


@dataclass(frozen=True, slots=True)
class Party:
    """An organization with the secrets it acts with: one key to sign, one to be sealed to."""

    name: str
    title: str
    roles: int
    signing: SigningKey
    sealing: ReaderKey

    @property
    def address(self) -> Address:
        return self.signing.address


@dataclass(frozen=True, slots=True)
class Member:
    """An organization as everybody knows it."""

    name: str
    title: str
    address: Address
    roles: int
    sealing: bytes
