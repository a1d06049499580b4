"""The public file of a consortium whose parties have a home each; it is equal in every home."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from salus.kernel.documents import BadDocument, parse
from salus.kernel.ids import Address, Digest
from salus.platform.errors import HomeDamaged
from salus.rights.identity.model import Member, Roles

CHARTER = "consortium.json"


@dataclass(frozen=True, slots=True)
class Seat:
    """A member as everybody knows it, and where it answers.

    `sealing` is its public key to be sealed to, `tls` the SHA-256 of the public key (SPKI) in its
    certificate (PEM).
    """

    name: str
    roles: int
    address: Address
    sealing: bytes
    url: str
    tls: Digest
    certificate: str

    def member(self) -> Member:
        return Member(self.name, Roles(self.roles), self.address, self.sealing)


@dataclass(frozen=True, slots=True)
class Custody:
    """The set that new records get, by the names of its keepers.

    `k` custodians open a unit together with the gateway, `k_emergency` the one for emergencies.
    """

    id: Digest
    custodians: tuple[str, ...]
    gateway: str
    k: int
    k_emergency: int


@dataclass(frozen=True, slots=True)
class Charter:
    """Which network it is, where its ledger answers, who belongs to it, who keeps keys."""

    chain: int
    genesis: Digest
    ledger: str
    source: str
    seats: tuple[Seat, ...]
    custody: Custody

    def seat(self, name: str) -> Seat | None:
        return next((each for each in self.seats if each.name == name), None)


def charter_of(home: Path) -> Charter | None:
    """None for a home in which the whole consortium lives. Raises HomeDamaged."""
    place = home / CHARTER
    if not place.exists():
        return None
    try:
        return _read(place.read_bytes())
    except BadDocument:
        raise HomeDamaged(file=str(place)) from None


@lru_cache(maxsize=16)
def _read(raw: bytes) -> Charter:
    """A file that has not changed is not read again."""
    return parse(Charter, raw)
