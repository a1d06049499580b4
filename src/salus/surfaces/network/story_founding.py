"""Who founds the network of the story, and who belongs to the consortium on it."""

from pathlib import Path

from salus.kernel.clock import SystemClock
from salus.platform.settings import read as settings
from salus.rights.custody.consortium.model import Organizations
from salus.surfaces.consortium.organizations import at_free_ports, organizations_in
from salus.surfaces.network.engine import engine
from salus.surfaces.network.founding import found
from salus.surfaces.network.model import Founder, Founders, Network
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.story_scene import VALIDATORS

USUAL = Path(__file__).with_name("story.json")
CHAIN = 7_254_882
POWER = 10


def found_network(folder: Path) -> Network:
    """Homes of the validators. Raises NetworkExists and EngineMissing."""
    validators = tuple(Founder(name, "127.0.0.1", 0, POWER) for name in VALIDATORS)
    programs = engine(settings(NetworkSettings).engine)
    return found(folder, Founders(CHAIN, validators, ()), engine=programs, clock=SystemClock())


def usual() -> Organizations:
    """Two hospitals, an institute, an insurer, a lender, five custodians, a gateway."""
    return at_free_ports(organizations_in(USUAL))
