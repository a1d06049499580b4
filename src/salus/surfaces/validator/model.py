"""What a bridge is told, and the words it shares: heads of the execution chain and powers."""

from collections.abc import Mapping
from dataclasses import dataclass

from salus.kernel.ids import Address, Digest


@dataclass(frozen=True, slots=True)
class Bridge:
    """The content of `bridge.json`, with `v` beside it.

    All validators of a network must agree on `fee_recipient`, `gas_limit` and `organizations`.
    Relative paths count from the folder of the file.
    """

    abci: str
    """Where the bridge listens for CometBFT: `127.0.0.1:26658`."""
    engine: str
    """Engine API of the execution client: `http://127.0.0.1:8551`."""
    rpc: str
    """Its plain JSON-RPC, with `txpool`: `http://127.0.0.1:8545`."""
    ws: str
    """Its WebSocket, with `eth`: `ws://127.0.0.1:8546`."""
    jwt: str
    """File with the hex secret of the Engine API."""
    comet: str
    """RPC of CometBFT: `http://127.0.0.1:26657`."""
    database: str
    """File of the table of heads; made when it is not there."""
    fee_recipient: Address
    gas_limit: int
    """Of every block, as genesis has it."""
    drift_milliseconds: int
    """How far a block that we propose may run ahead of our clock."""
    skew_milliseconds: int
    """How much further one of another validator may, because clocks differ."""
    organizations: str
    """Address of the contract that names the validators; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Head:
    """A block of the execution chain as consensus sees it; `time` in seconds."""

    number: int
    hash: Digest
    time: int


Powers = Mapping[bytes, int]
"""Votes of each Ed25519 public key."""
