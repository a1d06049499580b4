"""Everybody who lives the story of a network, and how one of them is asked to do something."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from salus.platform.files import private_folder
from salus.rights.identity.charter import Charter
from salus.surfaces.consortium.errors import StepFailed
from salus.surfaces.consortium.processes import Processes, Said
from salus.surfaces.demo.scene import Story
from salus.surfaces.network.asking import ask_client
from salus.surfaces.network.model import Network, Peer

HOSPITAL, CLINIC, INSTITUTE, INSURER = "hospital", "clinic", "institute", "insurer"
LENDER, GATEWAY = "lender", "gateway"
VALIDATORS = (HOSPITAL, CLINIC, INSTITUTE, INSURER)
SECTION = "laboratory"
PAPERS = "papers"  # what the parties send one another, beside their homes
_SECONDS = 5.0
_PATIENT = {"SALUS_LEDGER_WAIT_SECONDS": "60"}  # where two cores carry all of it


@dataclass(slots=True)
class NetworkScene:
    """Homes in one folder, those of validators with the engine in them, and what they know."""

    story: Story
    folder: Path
    network: Network
    charter: Charter
    parties: Processes
    record: str = ""
    grant: str = ""
    license: str = ""
    loan: str = ""

    def paper(self, name: str) -> Path:
        return private_folder(self.folder / PAPERS) / name

    def ask(self, name: str, *arguments: str | Path, **variables: str) -> Said:
        """A command in the home of a party, which may fail."""
        return self.parties.run(name, *arguments, **(_PATIENT | variables))

    def do(self, name: str, *arguments: str | Path, **variables: str) -> Any:
        """A command that must succeed. Raises StepFailed."""
        said = self.ask(name, *arguments, **variables)
        if said.status != 0:
            raise StepFailed(name=name, reason=said.answer["error"]["message"])
        return said.answer

    def open(self, name: str, paper: str, *words: str) -> Said:
        """Somebody opens the section, from its own home."""
        place = self.paper(paper)
        return self.ask(name, "open", self.record, "--section", SECTION, *words, "-o", place)

    def must_open(self, name: str, paper: str, *words: str) -> Any:
        """Raises StepFailed."""
        said = self.open(name, paper, *words)
        if said.status != 0:
            raise StepFailed(name=name, reason=said.answer["error"]["message"])
        return said.answer

    def node_of(self, name: str) -> Peer:
        """The validator of a party, or the first of those that it asks."""
        return self.network.peer(name) or self.network.peers[0]

    def block(self, name: str) -> int:
        """The last block that the node of a party calls final. Raises StepFailed."""
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            asked = ("eth_getBlockByNumber", ["finalized", False])
            (found,) = ask_client(client, self.node_of(name), asked)
        if found is None:
            raise StepFailed(name=name, reason="its node does not answer")
        return int(found["number"], 16)

    def url(self, name: str) -> str:
        seat = self.charter.seat(name)
        assert seat is not None, "everybody has a seat"
        return seat.url
