"""How a capability registers: one value in its `__init__`, found by looking, never by a list.

Doors are import strings such as `salus.rights.consent.cli:app`, so that listing the commands does
not import databases and web servers that no command needed yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules, resolve_name
from types import ModuleType
from typing import Any

from salus.platform.errors import NotACapability

STRATA = ("salus.rights", "salus.services")
OWN_TABLES = (
    "salus.platform.database.index",
    "salus.platform.database.worktable",
    "salus.platform.storage",
    "salus.platform.web.portal.tables",
)
"""Where the platform keeps rows of its own."""
OWN = {"jobs": ("salus.platform.vault.jobs:JOBS",)}
"""What the platform offers beside the capabilities."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What one folder offers to the rest of the node; what it does not have stays empty."""

    name: str
    cli: str | tuple[str, ...] | None = None
    """A `platform.cli.Commands`, or several; their commands become top-level verbs of `salus`."""
    api: str | None = None
    """An `APIRouter`."""
    pages: str | tuple[str, ...] | None = None
    """A `platform.web.portal.Pages`, or several."""
    tables: str | None = None
    """A module, without colon, whose import defines the tables."""
    projections: str | None = None
    """A mapping from (contract, event) to `platform.database.Projection`."""
    jobs: str | None = None
    """A mapping from the name of a job to `platform.database.Job`."""
    erases: str | None = None
    """`erase(work, record)`: it deletes what the capability keeps of a record, if anything."""
    reseals: str | None = None
    """A `platform.storage.Reseal`: it moves what lies at rest under a new storage key."""
    news: str | None = None
    """`news(node, session)`: what it has to tell, as `platform.notices.News`."""
    settings: str | None = None
    """A class derived from `platform.settings.Settings`."""
    contracts: tuple[str, ...] = ()
    """Names of its contracts, whose ABI lies in `abi/`."""
    deploys: str | None = None
    """A tuple of `platform.ledger.Deploy`: how a new home gets the contracts of a service."""

    def doors(self, attribute: str) -> tuple[str, ...]:
        """An attribute that may name one door or several, as several."""
        value: str | tuple[str, ...] | None = getattr(self, attribute)
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else value

    def commands(self) -> tuple[str, ...]:
        """The doors behind which its commands are."""
        return self.doors("cli")


@cache
def discover() -> tuple[Capability, ...]:
    """The capabilities of the rights and the services, in the order of their names."""
    found = [_capability(package) for package in packages()]
    return tuple(capability for capability in found if capability is not None)


def packages() -> Iterator[ModuleType]:
    """Every package that may hold a capability."""
    for stratum in STRATA:
        parent = import_module(stratum)
        for entry in iter_modules(parent.__path__, f"{stratum}."):
            if entry.ispkg:
                yield import_module(entry.name)


def _capability(package: ModuleType) -> Capability | None:
    capability = getattr(package, "capability", None)
    if capability is None:
        return None
    if not isinstance(capability, Capability) or not package.__name__.endswith(
        f".{capability.name}"
    ):
        name = str(getattr(capability, "name", "?"))
        raise NotACapability(package=package.__name__, name=name)
    return capability


def load(door: str) -> Any:
    """What an import string names."""
    return resolve_name(door)


def folders() -> list[Path]:
    """The folder of each capability, and the platform itself; it too has tables and words."""
    platform = Path(__file__).parent
    return [platform, *(folder_of(package) for package in packages())]


def folder_of(package: ModuleType) -> Path:
    return Path(next(iter(package.__path__)))


def import_tables() -> None:
    """Import every table there is, so that the metadata knows them all."""
    for module in OWN_TABLES:
        import_module(module)
    for capability in discover():
        if capability.tables is not None:
            import_module(capability.tables)


def merged(attribute: str) -> dict[Any, Any]:
    """The union of a mapping that capabilities offer: `projections` or `jobs`."""
    doors = [*OWN.get(attribute, ()), *(getattr(each, attribute) for each in discover())]
    union: dict[Any, Any] = {}
    for door in doors:
        if door is not None:
            union |= load(door)
    return union


def offered(attribute: str) -> list[Any]:
    """What each capability offers behind a door: `erases` or `reseals`."""
    doors = (getattr(capability, attribute) for capability in discover())
    return [load(door) for door in doors if door is not None]
