"""What a member says of itself to all others: its name, where it answers, with which keys. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.platform.web import tls_key_hash
from salus.rights.custody.consortium.errors import KeyShared, NameTaken, OtherName, PlaceTaken
from salus.rights.identity.charter import Charter, Seat
from salus.rights.identity.model import Roles

TYPE = keccak256(
    b"Introduction(bytes32 genesis,string name,address org,bytes32 sealing,string url,"
    b"bytes32 certificate,uint256 sequence)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A member in its own words. What it may do is not among them: that is on the ledger.

    `sealing` is its public key to be sealed to and `certificate` that of its door (PEM). Of two
    entries the one with the larger `sequence` counts.
    """

    name: str
    address: Address
    sealing: bytes
    url: str
    certificate: str
    sequence: int

    def seat(self, roles: Roles) -> Seat:
        """Raises ValueError for a certificate that is none."""
        tls = tls_key_hash(self.certificate)
        return Seat(
            self.name, int(roles), self.address, self.sealing, self.url, tls, self.certificate
        )


@dataclass(frozen=True, slots=True)
class Introduction:
    """An entry for one network; the signature, 65 bytes, is of a key that may change keys."""

    chain: int
    genesis: Digest
    entry: Entry
    signature: bytes

    def signer(self) -> Address | None:
        """None for a signature that is none."""
        return recover(digest_of(self.chain, self.genesis, self.entry), self.signature)


def signed(chain: int, genesis: Digest, entry: Entry, *, by: SigningKey) -> Introduction:
    return Introduction(chain, genesis, entry, by.sign(digest_of(chain, genesis, entry)))


def digest_of(chain: int, genesis: Digest, entry: Entry) -> Digest:
    """EIP-712, so that no other signature of the key can be taken for this one."""
    struct = struct_hash(
        TYPE,
        word(genesis),
        keccak256(entry.name.encode()),
        word(entry.address),
        word(sha256(entry.sealing).digest()),
        keccak256(entry.url.encode()),
        word(sha256(entry.certificate.encode()).digest()),
        word(entry.sequence),
    )
    return Digest(digest(domain_separator("Salus", chain, NOBODY), struct))


def refuse_taken(charter: Charter, seat: Seat) -> None:
    """Nobody comes in with what is another's.

    Raises OtherName, NameTaken, PlaceTaken and KeyShared.
    """
    place = urlsplit(seat.url).netloc
    if place == urlsplit(charter.ledger).netloc:
        raise PlaceTaken(place=place, other="ledger")
    for each in charter.seats:
        if each.address == seat.address:
            if each.name != seat.name:
                raise OtherName(name=seat.name, known=each.name)
            continue
        if each.name == seat.name:
            raise NameTaken(name=seat.name)
        if urlsplit(each.url).netloc == place:
            raise PlaceTaken(place=place, other=each.name)
        if seat.tls == each.tls or seat.sealing == each.sealing:
            raise KeyShared(name=seat.name, other=each.name)
