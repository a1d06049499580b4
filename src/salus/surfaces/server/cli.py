"""`salus serve`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.observe.checks import certificate_check, node_checks
from salus.platform.observe.door import watched
from salus.platform.observe.health import Check
from salus.platform.observe.together import counts_kept
from salus.platform.web import Secured, listen, listen_together
from salus.platform.work import Node
from salus.rights.custody.reaching import keepers_check
from salus.surfaces.server.background import Pulse, beating, ledger_for_others
from salus.surfaces.server.errors import NotSecured
from salus.surfaces.server.worker import answer
from salus.surfaces.server.workers import usual, work

LOOPBACK = ("127.0.0.1", "localhost", "::1")
app = Commands()
_Certificate = Annotated[Path | None, typer.Option(help="Certificate of the portal, PEM.")]
_Key = Annotated[Path | None, typer.Option(help="Key of that certificate, PEM.")]
_Workers = Annotated[
    int,
    typer.Option(
        help="Processes that answer pages; 0 takes one for each core, four at most.", min=0, max=64
    ),
]


@app.command(name="serve")
def serve_portal(
    console: Console,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8080,
    certificate: _Certificate = None,
    key: _Key = None,
    workers: _Workers = 0,
) -> None:
    """Serve the portal of this home, until it is stopped.

    Beyond this machine it needs a certificate: a browser keeps no session without one. Beside
    several workers one more process holds the ledger and does what is due.

    Example: salus serve --port 8080
    """
    secured = Secured(certificate, key) if certificate and key else None
    if secured is None and host not in LOOPBACK:
        raise NotSecured(host=host)
    with (
        open_node(console.home) as node,
        ledger_for_others(node, console.home),
        beating(Pulse(node)) as pulse,
    ):
        count = workers or usual()
        listeners = listen_together(host, port, count) if count > 1 else [listen(host, port)]
        scheme, shown = "https" if secured else "http", listeners[0].getsockname()[1]
        url = f"{scheme}://{'localhost' if host in LOOPBACK else host}:{shown}"
        console.answer({"url": url})
        console.say("The portal answers at {url}. Stop it with Ctrl-C.", url=url)
        checks = _checks(node, console.home, secured, pulse)
        with counts_kept() as counts, watched(checks, counts):
            if count > 1:
                work(console.home, listeners, secured, counts)
            else:
                answer(node, console.home, pulse, listeners[0], secured)


def _checks(node: Node, home: Path, secured: Secured | None, pulse: Pulse) -> Mapping[str, Check]:
    """What an operator may ask of this process."""
    return (
        node_checks(node)
        | keepers_check(node, home)
        | certificate_check(secured, node.clock)
        | {"pulse": pulse.found}
    )
