"""`salus consortium init`, `demo`, `introduce`, `welcome`."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.node import open_node, relayers
from salus.platform.settings import read as settings
from salus.rights.custody.consortium import introducing, welcoming
from salus.rights.custody.consortium.homes import found_apart
from salus.rights.custody.consortium.introduction import Entry
from salus.rights.custody.consortium.model import KEEPER, LEDGER
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import CHARTER
from salus.rights.identity.governing.model import role_names, roles_of
from salus.rights.identity.model import Roles
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


@consortium.command()
def introduce(
    console: Console,
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits.")],
    *,
    url: Annotated[str, typer.Option(help="Where it answers others, from https:// on.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File for all members.")],
    roles: Annotated[str, typer.Option(help="What it asks for, such as `lender,reader`.")] = "",
    public: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with the public files of a member; for a new home."),
    ] = None,
    node: Annotated[
        list[str] | None, typer.Option(help="A node of the ledger to ask; several are compared.")
    ] = None,
) -> None:
    """Make the home of a newcomer, and say in a signed file who it is and where it answers.

    A member that moves to another address says so in the same way.

    Example: salus consortium introduce bank --url https://127.0.0.1:9131 --from hospital -o me.json
    """
    named = [each.strip() for each in roles.split(",") if each.strip()]
    newcomer = introducing.Newcomer(name, roles_of(named), url, tuple(node or ()))
    said = introducing.introduce(console.home, newcomer, public=public, clock=SystemClock())
    write_atomic(output, text(said) + b"\n")
    _told(console, said.entry, output, _digest((public or console.home) / CHARTER))


def _told(console: Console, entry: Entry, output: Path, digest: str) -> None:
    console.answer(
        {
            "file": str(output),
            "name": entry.name,
            "address": to_hex(entry.address),
            "url": entry.url,
            "relayers": [to_hex(each.address) for each in relayers(console.home)],
            "charter": digest,
        }
    )
    console.say(
        "{name} lives in {folder}. The governors admit {address}.",
        name=entry.name,
        folder=console.home,
        address=to_hex(entry.address),
    )
    console.say(
        "Compare with a second member the SHA-256 of `consortium.json`: {hash}", hash=digest
    )
    console.say("Give {file} to every member; each welcomes it after the admission.", file=output)


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


@consortium.command()
def welcome(
    console: Console,
    file: Annotated[
        Path, typer.Argument(help="What the member introduced itself with.", exists=True)
    ],
) -> None:
    """Know a member by its name and address, once the ledger says that it was admitted.

    Example: salus consortium welcome bank.json
    """
    with open_node(console.home) as node:
        seat = welcoming.welcome(node, console.home, file)
    names = role_names(Roles(seat.roles))
    console.answer(
        {"name": seat.name, "address": to_hex(seat.address), "url": seat.url, "roles": names}
    )
    console.say(
        "{name} is known here and answers at {url}. Its roles: {roles}.",
        name=seat.name,
        url=seat.url,
        roles=", ".join(names) or "-",
    )
    if Roles(seat.roles) & KEEPER:
        console.say("It keeps keys: start the programs again that run in this home.")
