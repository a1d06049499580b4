"""Organizations, their roles and keys, and the signed intents by which anybody acts. Pure."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple, Self

from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey


class KeyUse(IntEnum):
    """What an organization's key may do; numbers as in IOrganizations.sol."""

    ADMIN = 0
    ACT = 1
    ATTEST = 2
    CUSTODY = 3
    GATEWAY = 4
    READER = 5
    LOG = 6


class ActionKind(IntEnum):
    """What governors decide; numbers as in IOrganizations.sol."""

    ADMIT = 0
    SUSPEND = 1
    REINSTATE = 2
    SET_ROLES = 3
    SET_ATTRIBUTES = 4
    LINK = 5
    ADD_GOVERNOR = 6
    DROP_GOVERNOR = 7
    SET_THRESHOLD = 8
    PAUSE_OPENING = 9
    ADOPT_MODULE = 10
    SET_PLATFORM = 11
    SET_VALIDATOR = 12


class Roles(IntFlag):
    """Bits of an organization's roles, as in Roles.sol."""

    SOURCE = 1 << 0
    CUSTODIAN = 1 << 1
    GATEWAY = 1 << 2
    READER = 1 << 3
    HOSPITAL = 1 << 4
    REGISTRAR = 1 << 5
    EMERGENCY = 1 << 6
    PRIVACY = 1 << 7
    ETHICS = 1 << 8
    LICENSEE = 1 << 9
    LENDER = 1 << 10
    BANK = 1 << 11


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who acts: a name, a key to sign with and a key to be sealed to."""

    name: str
    roles: Roles
    signing: SigningKey
    sealing: ReaderKey

    @property
    def address(self) -> Address:
        return self.signing.address


@dataclass(frozen=True, slots=True)
class Member:
    """A party as everybody knows it: `sealing` is its public key to be sealed to."""

    name: str
    roles: Roles
    address: Address
    sealing: bytes


class NewKey(NamedTuple):
    """A key that an organization adds, in the order of the ABI.

    `key` is an address left-padded, or the hash of a key that never signs. `key_hash` is the
    SHA-256 of the public key that things are sealed to, or zeros. Times are in seconds.
    """

    org: Address
    key: Digest
    use: KeyUse
    key_hash: Digest
    begin: int
    until: int


@dataclass(frozen=True, slots=True)
class Intent:
    """A signature over one verb, its nonce and its deadline."""

    signer: Address
    nonce: int
    deadline: int
    signature: bytes

    @classmethod
    def nobodys(cls) -> Self:
        """In the place of one that is not asked for."""
        return cls(NOBODY, 0, 0, b"")

    def as_abi(self) -> tuple[bytes, int, int, bytes]:
        return (self.signer, self.nonce, self.deadline, self.signature)

    def as_actor(self) -> tuple[object, object]:
        """An Actor who is a registered key of an organization: no membership to open."""
        return (self.as_abi(), (bytes(32), 0, bytes(32), bytes(32), []))


def as_key(address: Address) -> Digest:
    """An address as the key id that Organizations knows it by."""
    return Digest(address.rjust(32, b"\0"))
