"""A consortium of which only the process of the ledger runs, and what its homes decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.kernel.clock import SystemClock
from salus.rights.custody.consortium.homes import found_apart
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import Charter
from salus.surfaces.consortium.organizations import USUAL, at_free_ports, organizations_in
from tests.journeys.stage import answer, answers, run, running

FIRST, SECOND = "hospital", "insurer"


@dataclass(frozen=True, slots=True)
class Homes:
    """The homes in one folder."""

    folder: Path
    charter: Charter

    def says(self, home: str, *words: str) -> Any:
        return answer(self.folder / home, "governance", *words)

    def refuses(self, home: str, *words: str, group: str = "governance") -> str:
        said = run(self.folder / home, group, *words, "--json")
        assert said.status == 1, said.out + said.err
        kind: str = said.json()["error"]["type"]
        return kind.removeprefix("/problems/")

    def decided(self, *words: str) -> str:
        """Proposed in one home, approved in the other; the state after that."""
        proposal = self.says(FIRST, "propose", *words)["proposal"]
        return str(self.says(SECOND, "approve", proposal)["state"])

    def member(self, home: str, name: str) -> Any:
        found = self.says(home, "members")
        return next(each for each in found if name in {each["organization"], each["address"]})


@contextmanager
def governed(base: Path) -> Iterator[Homes]:
    folder, usual = base / "homes", at_free_ports(organizations_in(USUAL))
    charter = found_apart(folder, usual, clock=SystemClock(), settings=CustodySettings())
    with running(folder / "ledger", "ledger", "serve") as ledger:
        answers(ledger)
        yield Homes(folder, charter)
