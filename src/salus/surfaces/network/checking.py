"""Whether the files of a validator belong to one network, before anything starts."""

import json
from pathlib import Path
from typing import Any

from salus.platform.errors import HomeDamaged
from salus.surfaces.network.errors import ForeignChain
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.genesis import consensus_genesis
from salus.surfaces.network.model import Network

_NEEDED = (
    "config/node_key.json",
    "config/priv_validator_key.json",
    "data/priv_validator_state.json",
)


def check_files(folder: Folder, network: Network) -> None:
    """Raises ForeignChain, and HomeDamaged for what is not there or cannot be read."""
    found = _document(folder.genesis).get("config", {}).get("chainId")
    if found != network.chain:
        raise ForeignChain(file=str(folder.genesis), found=str(found), expected=network.chain)
    consensus = _document(folder.comet_genesis)
    if consensus.get("chain_id") != network.comet_chain:
        raise ForeignChain(
            file=str(folder.comet_genesis),
            found=str(consensus.get("chain_id")),
            expected=network.comet_chain,
        )
    if consensus != json.loads(consensus_genesis(network)):
        raise HomeDamaged(file=str(folder.comet_genesis))
    for needed in (*(folder.comet / each for each in _NEEDED), folder.client_key, folder.jwt):
        if not needed.is_file():
            raise HomeDamaged(file=str(needed))


def _document(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        raise HomeDamaged(file=str(path)) from None
    if not isinstance(content, dict):
        raise HomeDamaged(file=str(path))
    return content
