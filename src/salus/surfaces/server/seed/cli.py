"""`salus portal demo`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.rights.identity.accounts.errors import UnknownAccount
from salus.surfaces.server.seed.living import HOME, seeded

app, portal = Commands(), Commands()
app.add_typer(portal, name="portal", help="The portal with people in it, to be looked at.")


_Out = Annotated[Path, typer.Option("--out", help="Folder of the home; one from before is kept.")]
_OUT = Path("build/portal")


@portal.command()
def demo(console: Console, *, out: _Out = _OUT) -> None:
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
                    "secret": each.secret,
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
    console.say(
        "Staff is asked for digits as well: `salus portal digits NAME --out {out}`.", out=out
    )
    console.say("Serve it with `salus serve --home {home}`.", home=out / HOME)


@portal.command()
def digits(
    console: Console,
    name: Annotated[str, typer.Argument(help="Who signs in, as `salus portal demo` lists it.")],
    *,
    out: _Out = _OUT,
) -> None:
    """Say what the authenticator of one of these made-up people shows now.

    Example: salus portal digits Clinician --out build/portal
    """
    known = {each.name: each for each in seeded(out) if each.secret}
    if name not in known:
        raise UnknownAccount(name=name[:64])
    shown = known[name].digits(SystemClock().now())
    console.answer({"name": name, "digits": shown})
    console.say("{digits}", digits=shown)
