"""`salus certificate renew`, `accept`, `use`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock, stamp
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.web.certificates import ends_at
from salus.rights.identity.certificates import service
from salus.rights.identity.charter import Seat

app, certificate = Commands(), Commands()
app.add_typer(certificate, name="certificate", help="Certificates of the doors of members.")


@certificate.command()
def renew(
    console: Console,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="File for the other members.")],
) -> None:
    """Make the next certificate of this party, and announce it in a signed file.

    Nobody sees it before `salus certificate use`.

    Example: salus certificate renew -o c1-certificate.json
    """
    told = service.renew(console.home, clock=SystemClock())
    write_atomic(output, text(told) + b"\n")
    until = stamp(ends_at(told.certificate))
    console.answer({"file": str(output), "name": told.name, "until": until})
    console.say("The next certificate of {name} lasts until {time}.", name=told.name, time=until)
    console.say("Give {file} to every member, and wait until all have accepted it.", file=output)


@certificate.command()
def accept(
    console: Console,
    file: Annotated[Path, typer.Argument(help="What the member announced.", exists=True)],
    *,
    only: Annotated[
        bool, typer.Option("--only", help="Believe the certificate before it no longer.")
    ] = False,
) -> None:
    """Believe the next certificate of a member, beside the one that it shows now.

    Example: salus certificate accept c1-certificate.json
    """
    seat = service.accept(console.home, file, only=only)
    console.answer(_shown(seat))
    console.say("The certificate of {name} that lasts until {time} is believed.", **_told(seat))


@certificate.command()
def use(console: Console) -> None:
    """Show the next certificate from the next start of this party's program on.

    Example: salus certificate use
    """
    seat = service.use(console.home)
    console.answer(_shown(seat))
    console.say("{name} shows the certificate that lasts until {time}.", **_told(seat))
    console.say("Start its program again.")


def _told(seat: Seat) -> dict[str, str]:
    return {"name": seat.name, "time": stamp(ends_at(seat.certificate))}


def _shown(seat: Seat) -> dict[str, str]:
    told = _told(seat)
    return {"name": told["name"], "until": told["time"], "tls": to_hex(seat.tls)}
