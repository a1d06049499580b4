"""`salus serve`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.observe.checks import certificate_check, node_checks
from salus.platform.observe.door import watched
from salus.platform.web import Secured, listen, serve
from salus.rights.custody.reaching import keepers_check
from salus.surfaces.server.app import portal_app
from salus.surfaces.server.background import beating, ledger_for_others
from salus.surfaces.server.errors import NotSecured

LOOPBACK = ("127.0.0.1", "localhost", "::1")
app = Commands()


@app.command(name="serve")
def serve_portal(
    console: Console,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8080,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate of the portal, PEM.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Key of that certificate, PEM.")] = None,
) -> None:
    """Serve the portal of this home, until it is stopped.

    Beyond this machine it needs a certificate: a browser keeps no session without one.

    Example: salus serve --port 8080
    """
    secured = Secured(certificate, key) if certificate and key else None
    if secured is None and host not in LOOPBACK:
        raise NotSecured(host=host)
    with (
        open_node(console.home) as node,
        ledger_for_others(node, console.home),
        beating(node) as pulse,
    ):
        listener = listen(host, port)
        scheme, shown = "https" if secured else "http", listener.getsockname()[1]
        url = f"{scheme}://{'localhost' if host in LOOPBACK else host}:{shown}"
        console.answer({"url": url})
        console.say("The portal answers at {url}. Stop it with Ctrl-C.", url=url)
        checks = (
            node_checks(node)
            | keepers_check(node, console.home)
            | certificate_check(secured, node.clock)
            | {"pulse": pulse.found}
        )
        with watched(checks):
            serve(portal_app(node, console.home, is_behind=pulse.minutes_behind), listener, secured)
