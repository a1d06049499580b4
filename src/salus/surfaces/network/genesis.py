"""The first block of both layers: who validates, and whose accounts may send."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.surfaces.network.keys import comet_address, public_key
from salus.surfaces.network.model import Network, Peer, comet_chain

FUNDS = 10**27
"""Wei of a sender: at a million wei a gas enough for 10^13 full blocks."""
_FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "berlin",
    "london",
)


def execution_genesis(chain: int, gas_limit: int, senders: Collection[Address]) -> bytes:
    """`genesis.json` of go-ethereum: Cancun from the first block, decided by the Engine API."""
    config: dict[str, Any] = {"chainId": chain, **{f"{each}Block": 0 for each in _FORKS}}
    config |= {
        "shanghaiTime": 0,
        "cancunTime": 0,
        "terminalTotalDifficulty": 0,
        "terminalTotalDifficultyPassed": True,
        # none fits: every validator refuses a block with blobs, so no proposer may take one
        "blobSchedule": {"cancun": {"target": 0, "max": 0, "baseFeeUpdateFraction": 3338477}},
    }
    content = {
        "config": config,
        "nonce": "0x0",
        "timestamp": "0x0",
        "extraData": "0x",
        "gasLimit": hex(gas_limit),
        "difficulty": "0x0",
        "mixHash": to_hex(bytes(32)),
        "coinbase": to_hex(bytes(20)),
        "baseFeePerGas": "0x0",
        "alloc": {to_hex(each): {"balance": hex(FUNDS)} for each in sorted(senders)},
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def consensus_genesis(network: Network) -> bytes:
    """`config/genesis.json` of CometBFT, the same for whoever joins later."""
    content = {
        "genesis_time": network.started,
        "chain_id": comet_chain(network.chain),
        "initial_height": "1",
        "consensus_params": _parameters(),
        "validators": [_validator(each) for each in founding(network)],
        "app_hash": "",
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def founding(network: Network) -> Sequence[Peer]:
    """The validators that the genesis names."""
    return network.peers[: network.founders]


def _validator(peer: Peer) -> dict[str, Any]:
    return {
        "address": comet_address(peer.key).upper(),
        "pub_key": public_key(peer.key),
        "power": str(peer.power),
        "name": peer.name,
    }


def _parameters() -> dict[str, Any]:
    """The usual ones; a block of 60 million gas has below 8 MB even where nothing compresses."""
    return {
        "block": {"max_bytes": "22020096", "max_gas": "-1"},
        "evidence": {
            "max_age_num_blocks": "100000",
            "max_age_duration": "172800000000000",
            "max_bytes": "1048576",
        },
        "validator": {"pub_key_types": ["ed25519"]},
        "version": {"app": "0"},
        "abci": {"vote_extensions_enable_height": "0"},
    }
