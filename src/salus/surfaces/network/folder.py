"""What is where in the folder of a validator."""

from dataclasses import dataclass
from pathlib import Path

from salus.kernel.documents import BadDocument, parse, text
from salus.platform.errors import HomeDamaged
from salus.platform.files import private_folder, write_atomic
from salus.surfaces.network.errors import NetworkMissing
from salus.surfaces.network.model import FILE, Network

GENESIS = "genesis.json"
DEPLOYER = "deployer.key"
"""In the folder of the network: the key whose first contract is Organizations."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`NET/<name>`: the home of an organization, with the engine in a folder of its own."""

    home: Path

    @property
    def name(self) -> str:
        return self.home.name

    @property
    def engine(self) -> Path:
        return self.home / "engine"

    @property
    def network(self) -> Path:
        return self.engine / FILE

    @property
    def genesis(self) -> Path:
        return self.engine / GENESIS

    @property
    def comet(self) -> Path:
        return self.engine / "cometbft"

    @property
    def comet_genesis(self) -> Path:
        return self.comet / "config" / "genesis.json"

    @property
    def comet_settings(self) -> Path:
        return self.comet / "config" / "config.toml"

    @property
    def client(self) -> Path:
        return self.engine / "geth"

    @property
    def client_settings(self) -> Path:
        return self.engine / "geth.toml"

    @property
    def client_key(self) -> Path:
        return self.engine / "nodekey"

    @property
    def jwt(self) -> Path:
        return self.engine / "jwt.hex"

    @property
    def bridge(self) -> Path:
        return self.engine / "bridge.json"

    @property
    def heads(self) -> Path:
        return self.engine / "bridge.db"

    @property
    def state(self) -> Path:
        return self.engine / "supervisor.json"

    @property
    def logs(self) -> Path:
        return self.engine / "logs"

    def read(self) -> Network:
        """Raises NetworkMissing and HomeDamaged."""
        try:
            return parse(Network, self.network.read_bytes())
        except FileNotFoundError:
            raise NetworkMissing(name=self.name, folder=str(self.home.parent)) from None
        except BadDocument:
            raise HomeDamaged(file=str(self.network)) from None

    def write(self, network: Network) -> None:
        private_folder(self.engine)
        write_atomic(self.network, text(network) + b"\n")


def folders(net: Path, names: tuple[str, ...] = ()) -> list[Folder]:
    """The validators in a folder, those named or all that are there. Raises NetworkMissing."""
    found = {
        each.parent.parent.name: Folder(each.parent.parent)
        for each in sorted(net.glob(f"*/engine/{FILE}"))
        if not each.parent.parent.name.startswith(".")
    }
    for name in names or ("?",) * (not found):
        if name not in found:
            raise NetworkMissing(name=name, folder=str(net))
    return [found[name] for name in names] if names else list(found.values())
