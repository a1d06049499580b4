"""`salus portal demo`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.surfaces.server.seed.living import HOME, seeded

app, portal = Commands(), Commands()
app.add_typer(portal, name="portal", help="The portal with people in it, to be looked at.")


@portal.callback()
def _portal() -> None:
    """Keeps `demo` a command below `portal`, although it is the only one."""


@portal.command()
def demo(
    console: Console,
    *,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the home; one from before is kept.")
    ] = Path("build/portal"),
) -> None:
    """Make a home of made-up people with a year behind it, and list who may sign in.

    Example: salus portal demo --out build/portal
    """
    found = seeded(out)
    console.answer(
        {
            "home": str(out / HOME),
            "accounts": [
                {
                    "name": each.name,
                    "password": each.password,
                    "party": each.party,
                    "roles": list(each.roles),
                }
                for each in found
            ],
        }
    )
    rows = [
        (each.name, each.password, each.party or "-", ", ".join(map(translate, each.roles)))
        for each in found
    ]
    console.table(("name", "password", "organization", "roles"), rows)
    console.say("Serve it with `salus serve --home {home}`.", home=out / HOME)
