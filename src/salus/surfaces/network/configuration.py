"""What each program of a validator is told: files that are written anew at every start."""

import json
from collections.abc import Sequence
from ipaddress import ip_address

from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.platform.files import private_folder, write_atomic
from salus.surfaces.network.engine import Engine
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.model import Network, Peer
from salus.surfaces.validator.model import Bridge

LOOPBACK = "127.0.0.1"
FEES = Address(bytes(19) + b"\x01")
"""Who earns the tips: nobody has the key of this account."""
TIP = "1000000"
"""Wei a gas that a sender adds at least; go-ethereum's miner takes no less than its default."""
_SPARE_PEERS = 25
_Section = dict[str, str | int | bool | list[str]]


def comet_settings(network: Network, peer: Peer) -> str:
    """`config.toml`; what is not there is as CometBFT ships it.

    A block is made when a transaction waits and not before, half a second after the last one.
    """
    ports = peer.ports
    top: _Section = {
        "proxy_app": f"tcp://{LOOPBACK}:{ports.abci}",
        "moniker": peer.name,
        "abci": "socket",
        "log_level": "*:error,state:info,consensus:error",
        "log_format": "json",
    }
    sections: dict[str, _Section] = {
        "rpc": {"laddr": f"tcp://{LOOPBACK}:{ports.comet}", "pprof_laddr": ""},
        "p2p": {
            "laddr": f"tcp://{_place(peer.host, ports.comet_peers)}",
            "pex": False,
            "addr_book_strict": False,
            "allow_duplicate_ip": True,
            "persistent_peers": ",".join(map(_dialed, network.others(peer.name))),
        },
        "mempool": {"size": 200, "cache_size": 1000},
        "statesync": {"enable": False},
        "consensus": {
            "timeout_commit": "500ms",
            "create_empty_blocks": False,
            "create_empty_blocks_interval": "0s",
        },
        "storage": {"discard_abci_responses": True},
        "tx_index": {"indexer": "null"},
        "instrumentation": {
            "prometheus": True,
            "prometheus_listen_addr": f"{LOOPBACK}:{ports.metrics}",
            "namespace": "cometbft",
        },
    }
    return _toml({"": top, **sections})


def client_settings(network: Network, peer: Peer) -> str:
    """`geth.toml`: where peers are met and which; `--netrestrict` does not set the first."""
    known: Sequence[str] = [_enode(each) for each in network.others(peer.name)]
    peers: _Section = {
        "ListenAddr": _place(peer.host, peer.ports.client_peers),
        "StaticNodes": list(known),
        "TrustedNodes": list(known),
    }
    return _toml({"Node.P2P": peers})


def client_command(engine: Engine, folder: Folder, network: Network, peer: Peer) -> list[str]:
    """The execution client.

    Hash scheme, archive and the journal of local transactions are what a kill does not hurt: with
    others it went back to its first block, or lost what it had accepted. `debug` is there because
    only a trace tells why a transaction failed; like all else it answers on this machine alone.
    The pool takes what the miner takes: what it held below that would wake consensus for nothing.
    Caches are small enough to be full within minutes, and garbage is collected more often near the
    limit, so that memory stays flat however long it runs.
    """
    ports = peer.ports
    return [
        str(engine.client), "--config", str(folder.client_settings),
        "--datadir", str(folder.client), "--networkid", str(network.chain),
        "--syncmode", "full", "--state.scheme", "hash", "--gcmode", "archive",
        "--txpool.journal", "transactions.rlp", "--ipcdisable", "--nodiscover", "--nat", "none",
        "--netrestrict", _restriction(network), "--nodekey", str(folder.client_key),
        "--maxpeers", str(len(network.peers) + _SPARE_PEERS),
        "--authrpc.addr", LOOPBACK, "--authrpc.port", str(ports.engine),
        "--authrpc.vhosts", LOOPBACK, "--authrpc.jwtsecret", str(folder.jwt),
        "--http", "--http.addr", LOOPBACK, "--http.port", str(ports.rpc),
        "--http.vhosts", LOOPBACK, "--http.api", "eth,net,web3,txpool,debug",
        "--ws", "--ws.addr", LOOPBACK, "--ws.port", str(ports.ws), "--ws.api", "eth,net,web3",
        "--ws.origins", f"http://{LOOPBACK}",
        "--rpc.batch-request-limit", "1000", "--rpc.batch-response-max-size", "100000000",
        "--miner.gasprice", TIP, "--miner.gaslimit", str(network.gas_limit),
        "--miner.recommit", "500ms", "--txpool.pricelimit", TIP,
        "--txpool.accountslots", "5000", "--txpool.globalslots", "50000",
        "--txpool.accountqueue", "5000", "--txpool.globalqueue", "50000",
        "--cache", "128", "--memorylimit", "384", "--verbosity", "3", "--log.format", "json",
    ]  # fmt: skip


def comet_command(engine: Engine, folder: Folder) -> list[str]:
    return [str(engine.comet), "start", "--home", str(folder.comet)]


def bridge_settings(folder: Folder, network: Network, peer: Peer) -> bytes:
    """`bridge.json`; all validators must agree on fees, gas limit and the contract."""
    ports = peer.ports
    told = Bridge(
        abci=f"{LOOPBACK}:{ports.abci}",
        engine=f"http://{LOOPBACK}:{ports.engine}",
        rpc=f"http://{LOOPBACK}:{ports.rpc}",
        ws=f"ws://{LOOPBACK}:{ports.ws}",
        jwt=folder.jwt.name,
        comet=f"http://{LOOPBACK}:{ports.comet}",
        database=folder.heads.name,
        fee_recipient=FEES,
        gas_limit=network.gas_limit,
        drift_milliseconds=1000,
        skew_milliseconds=2000,
        organizations=to_hex(network.organizations),
    )
    return text(told)


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _dialed(peer: Peer) -> str:
    return f"{peer.node}@{_place(peer.host, peer.ports.comet_peers)}"


def _enode(peer: Peer) -> str:
    return f"enode://{peer.enode.hex()}@{_place(peer.host, peer.ports.client_peers)}?discport=0"


def _restriction(network: Network) -> str:
    """The machines that may be peers of the execution client, and no others."""
    hosts = {ip_address(each.host) for each in network.peers}
    return ",".join(sorted(f"{host}/{host.max_prefixlen}" for host in hosts))


def _toml(sections: dict[str, _Section]) -> str:
    """Names, numbers and lists of text are written in TOML as in JSON."""
    lines = []
    for name, section in sections.items():
        if name:
            lines.append(f"\n[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in section.items()]
    return "\n".join(lines) + "\n"


def configure(folder: Folder, network: Network, peer: Peer) -> None:
    """Write what the programs read."""
    private_folder(folder.comet_settings.parent)
    write_atomic(folder.comet_settings, comet_settings(network, peer).encode())
    write_atomic(folder.client_settings, client_settings(network, peer).encode())
    write_atomic(folder.bridge, bridge_settings(folder, network, peer))
