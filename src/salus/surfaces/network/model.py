"""Who validates, where each part of a validator answers, and what makes a network. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.platform.i18n import translate
from salus.surfaces.network.errors import BadNetwork

FILE = "network.json"
PORTS = 8  # that one validator takes, one after another
MAX_POWER = 1_000_000  # as in Organizations.sol
MOST = 128  # validators, as in Organizations.sol
GAS_LIMIT = 60_000_000
_RESERVED = range(1, 1024)


@dataclass(frozen=True, slots=True)
class Founder:
    """A validator in the file one founds from; `first_port` 0 takes ports that are free."""

    name: str
    host: str
    first_port: int
    power: int


@dataclass(frozen=True, slots=True)
class Founders:
    """The file: `relayers` are accounts that may send, beside those of each validator."""

    chain: int
    validators: tuple[Founder, ...]
    relayers: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A validator as all others know it.

    `key` votes (Ed25519), `node` names its CometBFT, `enode` is the public key of its execution
    client, and `relayers` are the accounts that send for it, several at a time.
    """

    name: str
    host: str
    first_port: int
    power: int
    key: bytes
    node: str
    enode: bytes
    relayers: tuple[Address, ...]

    @property
    def ports(self) -> "Ports":
        return Ports(self.first_port)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts of one validator listen. Only the two of the peers leave the machine."""

    first: int

    @property
    def comet_peers(self) -> int:
        return self.first

    @property
    def comet(self) -> int:
        return self.first + 1

    @property
    def abci(self) -> int:
        return self.first + 2

    @property
    def rpc(self) -> int:
        return self.first + 3

    @property
    def ws(self) -> int:
        return self.first + 4

    @property
    def engine(self) -> int:
        return self.first + 5

    @property
    def client_peers(self) -> int:
        return self.first + 6

    @property
    def metrics(self) -> int:
        return self.first + 7


@dataclass(frozen=True, slots=True)
class Network:
    """`network.json`: public, and equal in the folder of each validator.

    `organizations` is where the first contract of `deployer` will stand. `founders` are how many of
    the first peers the genesis names; those after them joined by a decision.
    """

    chain: int
    genesis: Digest
    started: str
    gas_limit: int
    deployer: Address
    organizations: Address
    founders: int
    peers: tuple[Peer, ...]

    @property
    def comet_chain(self) -> str:
        return comet_chain(self.chain)

    def peer(self, name: str) -> Peer | None:
        return next((each for each in self.peers if each.name == name), None)

    def others(self, name: str) -> list[Peer]:
        return [each for each in self.peers if each.name != name]


def comet_chain(chain: int) -> str:
    """The name that CometBFT knows a chain by."""
    return f"salus-{chain}"


def check(founders: Founders) -> None:
    """Raises BadNetwork naming the first fault."""
    _check_each(founders)
    _once(each.name for each in founders.validators)
    _once(to_hex(each) for each in founders.relayers)
    check_ports([(each.name, each.host, each.first_port) for each in founders.validators])


def _check_each(founders: Founders) -> None:
    if not 1 < founders.chain < 2**31:
        raise BadNetwork(
            reason=translate(
                "its chain number {chain} is not from 2 to 2^31 - 1", chain=founders.chain
            )
        )
    if not 0 < len(founders.validators) <= MOST:
        raise BadNetwork(reason=translate("it has not from 1 to {most} validators", most=MOST))
    for each in founders.validators:
        check_one(each)


def check_one(founder: Founder) -> None:
    """Raises BadNetwork for what is wrong with one validator alone."""
    name, first = founder.name, founder.first_port
    if not (name.isascii() and name.isalnum() and name.islower() and len(name) <= 40):
        raise BadNetwork(
            reason=translate(
                "{name} is not a name of lower-case letters and digits", name=name[:40]
            )
        )
    if not 0 < founder.power <= MAX_POWER:
        raise BadNetwork(
            reason=translate(
                "the power of {name} is not from 1 to {most}", name=name, most=MAX_POWER
            )
        )
    if first in _RESERVED or first + PORTS > 2**16:
        raise BadNetwork(
            reason=translate("the ports of {name} do not lie between 1024 and 65535", name=name)
        )
    try:
        is_place = not ip_address(founder.host).is_unspecified
    except ValueError:
        is_place = False
    if not is_place:
        raise BadNetwork(
            reason=translate("the host of {name} is not the IP address of one machine", name=name)
        )


def check_ports(places: Sequence[tuple[str, str, int]]) -> None:
    """Raises BadNetwork when two validators of one host would share a port; 0 is still free."""
    taken = sorted((host, first, name) for name, host, first in places if first)
    for (host, first, name), (next_host, next_first, other) in pairwise(taken):
        if host == next_host and next_first < first + PORTS:
            raise BadNetwork(
                reason=translate(
                    "{name} and {other} both take the port {port}",
                    name=name,
                    other=other,
                    port=next_first,
                )
            )


def _once(values: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in values:
        if each in seen:
            raise BadNetwork(reason=translate("{name} is there twice", name=each))
        seen.add(each)
