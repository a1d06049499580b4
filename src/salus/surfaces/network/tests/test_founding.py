"""What a new network has in its folders, and what stands in the way of one."""

import json
import tomllib
from pathlib import Path

import pytest

from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.errors import HomeDamaged
from salus.platform.ledger.served import Served, read_served
from salus.platform.ledger.transactions import created_address
from salus.platform.node import RELAYER, SERVED, relayers
from salus.platform.storage import read_secret
from salus.surfaces.network import founding
from salus.surfaces.network.checking import check_files
from salus.surfaces.network.errors import (
    BadNetwork,
    EngineFailed,
    ForeignChain,
    NetworkExists,
    NetworkMissing,
)
from salus.surfaces.network.folder import DEPLOYER, Folder, folders
from salus.surfaces.network.founding import join
from salus.surfaces.network.keys import CometKey, comet_address
from salus.surfaces.network.model import Founder, Founders
from salus.surfaces.network.tests.founded import CHAIN, founded, two
from salus.surfaces.validator.running import read_bridge
from tests.journeys.stage import run


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("founded") / "net"
    founded(out)
    return out


@pytest.fixture
def _unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody starts from these foundings: the engine, which takes seconds, is spared."""
    monkeypatch.setattr(founding, "first_block", lambda *_: Digest(bytes(32)))


def test_who_checks_learns_by_the_status_that_a_validator_is_not_ready(net: Path) -> None:
    asked = [run(net, "network", "status", "--network", net, *more) for more in ((), ("--check",))]

    assert [0, 1] == [each.status for each in asked]
    assert all("stopped" in each.out for each in asked)


def test_everybody_has_the_same_first_blocks_and_secrets_of_his_own(net: Path) -> None:
    one, other = folders(net)
    public = ("network", "genesis", "comet_genesis")
    own = ("jwt", "client_key")

    assert one.read() == other.read()
    assert [getattr(one, name).read_bytes() for name in public] == [
        getattr(other, name).read_bytes() for name in public
    ]
    assert not [
        name for name in own if getattr(one, name).read_bytes() == getattr(other, name).read_bytes()
    ]
    assert (one.home / RELAYER).read_text() != (other.home / RELAYER).read_text()


def test_secrets_are_for_the_owner_only(net: Path) -> None:
    files = [each for each in net.rglob("*") if each.is_file()]
    folders_ = [each for each in net.rglob("*") if each.is_dir()]

    assert {each.stat().st_mode & 0o077 for each in [*files, *folders_]} == {0}


def test_the_first_contract_of_the_deployer_is_foretold(net: Path) -> None:
    network = folders(net)[0].read()
    deployer = SigningKey.from_bytes(read_secret(net / DEPLOYER))

    assert network.organizations == created_address(deployer.address, 0)


@pytest.mark.usefixtures("_unasked")
def test_relayers_deployer_and_those_of_the_file_are_funded_and_nobody_else(tmp_path: Path) -> None:
    stranger = SigningKey.generate().address
    network = founded(tmp_path / "net", Founders(CHAIN, two().validators, (stranger,)))
    genesis = json.loads(folders(tmp_path / "net")[0].genesis.read_bytes())
    accounts = [account for each in network.peers for account in each.relayers]
    senders = {network.deployer, stranger, *accounts}

    assert len(accounts) == 8
    assert {"0x" + each.hex() for each in senders} == set(genesis["alloc"])
    assert accounts[:4] == [each.address for each in relayers(tmp_path / "net" / "hospital")]


def test_everything_but_what_peers_need_listens_on_loopback(net: Path) -> None:
    folder = folders(net)[0]
    comet = tomllib.loads(folder.comet_settings.read_text())
    client = tomllib.loads(folder.client_settings.read_text())
    bridge = read_bridge(folder.bridge)
    places = [comet["rpc"]["laddr"], comet["p2p"]["laddr"], comet["proxy_app"], bridge.engine]

    assert all("//127.0.0.1:" in each for each in places)
    assert client["Node"]["P2P"]["ListenAddr"].startswith("127.0.0.1:")
    assert comet["consensus"]["create_empty_blocks"] is False
    assert comet["p2p"]["pex"] is False


def test_a_home_asks_its_own_client(net: Path) -> None:
    folder = folders(net)[0]
    network, served = folder.read(), read_served(folder.home / SERVED)
    peer = network.peer(folder.name)

    assert peer is not None
    assert served == Served(
        (f"http://127.0.0.1:{peer.ports.rpc}",), True, network.chain, network.genesis
    )


def test_keys_have_the_names_that_cometbft_gives_them() -> None:
    """The first key of RFC 8032 (7.1), whose address is a truncated SHA-256 of it."""
    secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    key = CometKey.of(bytes.fromhex(secret))
    written = json.loads(key.validator_file())

    assert key.public.hex().startswith("d75a980182b10ab7")
    assert written["address"] == comet_address(key.public).upper()
    assert secret not in repr(key)


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(NetworkExists):
        founded(tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


@pytest.mark.usefixtures("_unasked")
def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise EngineFailed(program="geth")

    monkeypatch.setattr(founding, "settle", fails)
    with pytest.raises(EngineFailed):
        founded(tmp_path / "net")

    assert list(tmp_path.iterdir()) == []


def test_who_joins_knows_all_and_is_known_by_all(net: Path) -> None:
    peer = join(net, Founder("bank", "127.0.0.1", 0, 10))
    known = [each.read() for each in folders(net)]
    old, new = folders(net, ("hospital", "bank"))

    assert [network.peers[-1] for network in known] == [peer] * 3
    assert [len(json.loads(old.comet_genesis.read_bytes())["validators"])] == [2]
    assert old.comet_genesis.read_bytes() == new.comet_genesis.read_bytes()
    check_files(new, new.read())


@pytest.mark.parametrize("name", ["hospital", "Bank", "a/b"])
def test_a_name_that_is_taken_or_none_joins_not(net: Path, name: str) -> None:
    before = sorted(net.iterdir())
    with pytest.raises(BadNetwork):
        join(net, Founder(name, "127.0.0.1", 0, 10))

    assert before == sorted(net.iterdir())


@pytest.mark.usefixtures("_unasked")
def test_a_foreign_genesis_is_refused_before_anything_starts(tmp_path: Path) -> None:
    founded(tmp_path / "ours")
    founded(tmp_path / "theirs", Founders(CHAIN + 1, two().validators, ()))
    ours, theirs = (Folder(tmp_path / name / "hospital") for name in ("ours", "theirs"))
    ours.genesis.write_bytes(theirs.genesis.read_bytes())
    with pytest.raises(ForeignChain):
        check_files(ours, ours.read())


@pytest.mark.usefixtures("_unasked")
def test_a_foreign_genesis_of_cometbft_is_refused(tmp_path: Path) -> None:
    founded(tmp_path / "ours")
    founded(tmp_path / "theirs", Founders(CHAIN + 1, two().validators, ()))
    ours, theirs = (Folder(tmp_path / name / "hospital") for name in ("ours", "theirs"))
    ours.comet_genesis.write_bytes(theirs.comet_genesis.read_bytes())
    with pytest.raises(ForeignChain):
        check_files(ours, ours.read())


@pytest.mark.usefixtures("_unasked")
def test_other_validators_in_the_genesis_are_refused(tmp_path: Path) -> None:
    founded(tmp_path / "ours")
    founded(tmp_path / "theirs")
    ours, theirs = (Folder(tmp_path / name / "hospital") for name in ("ours", "theirs"))
    ours.comet_genesis.write_bytes(theirs.comet_genesis.read_bytes())
    with pytest.raises(HomeDamaged):
        check_files(ours, ours.read())


@pytest.mark.usefixtures("_unasked")
def test_a_half_written_folder_says_which_file_is_missing(tmp_path: Path) -> None:
    founded(tmp_path / "net")
    folder = Folder(tmp_path / "net" / "hospital")
    folder.jwt.unlink()
    with pytest.raises(HomeDamaged) as caught:
        check_files(folder, folder.read())

    assert folder.jwt.name in str(caught.value)


def test_an_unknown_validator_is_named(net: Path, tmp_path: Path) -> None:
    for place, names in ((net, ("nobody",)), (tmp_path, ())):
        with pytest.raises(NetworkMissing):
            folders(place, names)
