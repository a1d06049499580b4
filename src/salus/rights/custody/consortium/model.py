"""Which organizations a new consortium has, and where each answers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from salus.rights.identity.model import Roles

LEDGER = "ledger"  # the home of the process that serves the ledger
SUBJECT = "subject"
KEEPER = Roles.CUSTODIAN | Roles.GATEWAY


@dataclass(frozen=True, slots=True)
class Organization:
    """One party: its roles by name, such as `custodian`, and the address that others use."""

    name: str
    roles: tuple[str, ...]
    url: str

    def bits(self) -> Roles:
        """Raises KeyError for a role that nobody knows."""
        bits = Roles(0)
        for role in self.roles:
            bits |= Roles[role.upper()]
        return bits


@dataclass(frozen=True, slots=True)
class Organizations:
    """Everybody, and where the ledger answers."""

    ledger: str
    organizations: tuple[Organization, ...]

    def having(self, role: Roles) -> list[Organization]:
        return [each for each in self.organizations if each.bits() & role]


def has_place(url: str, scheme: str) -> bool:
    """Whether an address is of that scheme, with host and port and nothing else."""
    try:
        split = urlsplit(url)
        whole = f"{scheme}://{split.netloc}"
        return bool(split.hostname and split.port) and url == whole and "@" not in split.netloc
    except ValueError:
        return False


def is_name(name: str) -> bool:
    """Whether a party may be called so: a home and a file will be named after it."""
    return name.isascii() and name.isalnum() and name.islower() and name not in {LEDGER, SUBJECT}


def repeated(values: Sequence[str]) -> str | None:
    """The first value that is there twice."""
    return next((each for at, each in enumerate(values) if each in values[:at]), None)
