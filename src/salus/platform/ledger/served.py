"""How a home names the nodes of its ledger: `ledger/served.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from salus.kernel.encoding import from_hex, to_hex
from salus.platform.errors import HomeDamaged
from salus.platform.files import write_atomic
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.settings import LedgerSettings


@dataclass(frozen=True, slots=True)
class Served:
    """`own`: the first endpoint is this organization's own node, and is believed alone."""

    endpoints: tuple[str, ...]
    own: bool = True
    chain: int | None = None
    genesis: bytes | None = None


def write_served(path: Path, served: Served) -> None:
    content: dict[str, Any] = {"endpoints": list(served.endpoints), "own": served.own}
    if served.chain is not None and served.genesis is not None:
        content |= {"chain": served.chain, "genesis": to_hex(served.genesis)}
    write_atomic(path, json.dumps(content, indent=2).encode() + b"\n")


def read_served(path: Path) -> Served:
    """Homes of an older version have one `url`. Raises HomeDamaged."""
    try:
        return _read(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise HomeDamaged(file=str(path)) from None


def _read(content: Any) -> Served:
    if "url" in content:
        return Served((_url(content["url"]),))
    endpoints, chain = tuple(map(_url, content["endpoints"])), content.get("chain")
    if not endpoints or not isinstance(content["own"], bool):
        raise ValueError("not the nodes of a ledger")
    if chain is None:
        return Served(endpoints, content["own"])
    return Served(endpoints, content["own"], int(chain), from_hex(content["genesis"], 32))


def _url(text: Any) -> str:
    if not isinstance(text, str) or urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError("not an address of a node")
    return text


def network_of(served: Served, settings: LedgerSettings) -> Network:
    """The nodes of a home, or those that the settings name in their place."""
    named = tuple(filter(None, (each.strip() for each in settings.endpoints.split(","))))
    return Network(named or served.endpoints, served.own, settings.agreement, settings.lag_seconds)
