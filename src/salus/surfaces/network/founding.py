"""Found a network: keys, first blocks and configurations of every validator, all or nothing."""

import json
import re
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from salus.kernel.clock import Clock, stamp
from salus.kernel.documents import parse
from salus.kernel.encoding import from_hex
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import private_folder, write_atomic
from salus.platform.i18n import translate
from salus.platform.ledger.served import Served, write_served
from salus.platform.ledger.transactions import created_address
from salus.platform.node import SERVED, add_relayers
from salus.platform.storage import write_secret
from salus.surfaces.network.configuration import configure
from salus.surfaces.network.engine import Engine
from salus.surfaces.network.errors import BadNetwork, EngineFailed, NetworkExists, NetworkMissing
from salus.surfaces.network.folder import DEPLOYER, GENESIS, Folder
from salus.surfaces.network.genesis import consensus_genesis, execution_genesis
from salus.surfaces.network.keys import ClientKey, CometKey
from salus.surfaces.network.model import (
    GAS_LIMIT,
    Founder,
    Founders,
    Network,
    Peer,
    check,
    check_one,
)
from salus.surfaces.network.ports import placed

USUAL = Path(__file__).with_name("validators.json")
_STATE = json.dumps({"height": "0", "round": 0, "step": 0}).encode()
SENDERS = 4  # accounts of one validator
_ASKING = 60.0  # seconds that the first block may take


def founders_in(file: Path) -> Founders:
    """Raises BadDocument and BadNetwork."""
    founders = parse(Founders, file.read_bytes())
    check(founders)
    return founders


def found(out: Path, founders: Founders, *, engine: Engine, clock: Clock) -> Network:
    """Make a folder with the home of each validator. Raises BadNetwork, NetworkExists."""
    check(founders)
    if out.exists() and any(out.iterdir()):
        raise NetworkExists(folder=str(out))
    private_folder(out.parent)
    draft = private_folder(out.with_name(f".{out.name}.{secrets.token_hex(4)}"))
    try:
        network = _build(draft, founders, engine, clock)
        draft.replace(out)
    except BaseException:
        rmtree(draft, ignore_errors=True)
        raise
    return network


def _build(draft: Path, founders: Founders, engine: Engine, clock: Clock) -> Network:
    deployer = SigningKey.generate()
    write_secret(draft / DEPLOYER, deployer.secret())
    peers = [furnish(draft, each) for each in placed(founders.validators, ())]
    senders = {
        deployer.address,
        *founders.relayers,
        *(account for each in peers for account in each.relayers),
    }
    genesis = execution_genesis(founders.chain, GAS_LIMIT, senders)
    network = Network(
        chain=founders.chain,
        genesis=first_block(engine, genesis, founders.chain),
        started=stamp(clock.now()),
        gas_limit=GAS_LIMIT,
        deployer=deployer.address,
        organizations=created_address(deployer.address, 0),
        founders=len(peers),
        peers=tuple(peers),
    )
    for each in peers:
        settle(Folder(draft / each.name), network, genesis)
    return network


def furnish(net: Path, founder: Founder) -> Peer:
    """Write the secrets of a validator, and say what others may know of it."""
    folder = Folder(net / founder.name)
    voting, node, client = CometKey.generate(), CometKey.generate(), ClientKey.generate()
    config, state = folder.comet / "config", folder.comet / "data"
    for path in (folder.engine, config, state, folder.client, folder.logs):
        private_folder(path)
    relayers = add_relayers(private_folder(folder.home), SENDERS)
    write_atomic(config / "priv_validator_key.json", voting.validator_file())
    write_atomic(config / "node_key.json", node.node_file())
    write_atomic(state / "priv_validator_state.json", _STATE)
    write_atomic(folder.client_key, client.secret.hex().encode())
    write_atomic(folder.jwt, secrets.token_hex(32).encode())
    return Peer(
        founder.name,
        founder.host,
        founder.first_port,
        founder.power,
        voting.public,
        node.address(),
        client.public,
        tuple(each.address for each in relayers),
    )


def settle(folder: Folder, network: Network, genesis: bytes) -> None:
    """Write what is public and what the programs are told."""
    peer = network.peer(folder.name)
    assert peer is not None, "it is a peer of this network"
    write_atomic(folder.engine / GENESIS, genesis)
    configure(folder, network, peer)
    write_atomic(folder.comet_genesis, consensus_genesis(network))
    url = f"http://127.0.0.1:{peer.ports.rpc}"
    write_served(folder.home / SERVED, Served((url,), True, network.chain, network.genesis))
    folder.write(network)


def first_block(engine: Engine, genesis: bytes, chain: int) -> Digest:
    """The hash that the execution client gives to a genesis. Raises EngineFailed."""
    with TemporaryDirectory(prefix="salus-genesis-") as place:
        file = Path(place) / GENESIS
        file.write_bytes(genesis)
        begin(engine, Path(place) / "geth", file)
        said = _ask(engine, Path(place) / "geth", chain)
    sought = re.search(r'"(0x[0-9a-f]{64})"', said)
    if sought is None:
        raise EngineFailed(program=engine.client.name)
    return Digest(from_hex(sought[1], 32))


def begin(engine: Engine, datadir: Path, genesis: Path) -> None:
    """Write the first block into an empty folder; twice is once. Raises EngineFailed."""
    _run(
        engine,
        ["init", "--datadir", str(datadir), "--state.scheme", "hash", str(genesis)],
    )


def _ask(engine: Engine, datadir: Path, chain: int) -> str:
    """Without peers and without doors, only for this question."""
    closed = ["--ipcdisable", "--nodiscover", "--maxpeers", "0", "--port", "0"]
    asked = ["--authrpc.port", "0", "--verbosity", "0", "--exec", "eth.getBlock(0).hash", "console"]
    scheme = ["--state.scheme", "hash", "--networkid", str(chain)]
    return _run(engine, ["--datadir", str(datadir), *scheme, *closed, *asked])


def _run(engine: Engine, arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the engine that was checked
            [engine.client, *arguments],
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=_ASKING,
        )
    except (subprocess.SubprocessError, OSError):
        raise EngineFailed(program=engine.client.name) from None
    return done.stdout


def join(net: Path, founder: Founder) -> Peer:
    """The home of one more validator, which knows the others; they learn of it here too.

    It votes when the governors say so, and syncs from nothing before. Raises BadNetwork and
    NetworkMissing.
    """
    check_one(founder)
    known = next(iter(sorted(net.glob(f"*/engine/{GENESIS}"))), None)
    if known is None:
        raise NetworkMissing(name="?", folder=str(net))
    own = Folder(known.parent.parent)
    network = own.read()
    if network.peer(founder.name) is not None or (net / founder.name).exists():
        raise BadNetwork(reason=translate("{name} is there twice", name=founder.name))
    taken = [(each.name, each.host, each.first_port) for each in network.peers]
    (settled,) = placed([founder], taken)
    draft = private_folder(net / f".{founder.name}.{secrets.token_hex(4)}")
    try:
        peer = furnish(draft, settled)
        wider = replace(network, peers=(*network.peers, peer))
        settle(Folder(draft / founder.name), wider, known.read_bytes())
        (draft / founder.name).replace(net / founder.name)
    finally:
        rmtree(draft, ignore_errors=True)
    for each in net.glob(f"*/engine/{own.network.name}"):
        Folder(each.parent.parent).write(wider)
    return peer
