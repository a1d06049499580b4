"""`salus consortium init`, `salus consortium demo`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.platform.cli import Commands, Console
from salus.platform.settings import read as settings
from salus.rights.custody.consortium.homes import found_apart
from salus.rights.custody.consortium.model import LEDGER
from salus.rights.custody.settings import CustodySettings
from salus.surfaces.consortium.organizations import USUAL, at_free_ports, organizations_in
from salus.surfaces.consortium.story import live

app, consortium = Commands(), Commands()
app.add_typer(consortium, name="consortium", help="Parties with a home of their own each.")

_OUT = Annotated[Path, typer.Option("--out", help="Folder for the homes; it must be new or empty.")]


@consortium.command()
def init(
    console: Console,
    *,
    organizations: Annotated[
        Path, typer.Option(help="Who belongs to it: names, roles, addresses, as JSON.")
    ] = USUAL,
    out: _OUT,
) -> None:
    """Found a consortium, and write a home for each of its parties.

    Example: salus consortium init --organizations organizations.json --out build/consortium
    """
    charter = found_apart(
        out,
        organizations_in(organizations),
        clock=SystemClock(),
        settings=settings(CustodySettings),
    )
    names = [LEDGER, *(seat.name for seat in charter.seats)]
    console.answer({"homes": {name: str(out / name) for name in names}, "ledger": charter.ledger})
    console.say("These homes are in {folder}: {names}.", folder=out, names=", ".join(names))
    console.say("Give each party its own, and no other. Then destroy what is left here.")


@consortium.command()
def demo(
    console: Console,
    *,
    out: _OUT = Path("build/consortium"),
) -> None:
    """Start a consortium on this machine, live the life of one record, and stop it.

    Example: salus consortium demo --out build/consortium
    """
    story = live(console, out, at_free_ports(organizations_in(USUAL)))
    console.answer(
        {
            "folder": str(out),
            "steps": [
                {"title": step.title, "lines": list(step.lines), "seconds": round(step.seconds, 3)}
                for step in story.steps
            ],
        }
    )
