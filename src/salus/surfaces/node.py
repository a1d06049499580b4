"""`salus ledger serve`, `salus index rebuild`: the node as a whole."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from salus.kernel.clock import SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Commands, Console
from salus.platform.errors import LedgerElsewhere
from salus.platform.files import Home
from salus.platform.ledger import EmbeddedLedger
from salus.platform.ledger.serve import ledger_app
from salus.platform.node import (
    LEDGER_FILE,
    RELAYER,
    SERVED,
    announce_ledger,
    ledger_is_elsewhere,
    open_node,
)
from salus.platform.observe.checks import ledger_found
from salus.platform.observe.door import watched
from salus.platform.storage import read_secret
from salus.platform.web import listen, serve
from salus.rights.identity.charter import charter_of

app = Commands()
ledger, index = Commands(), Commands()
app.add_typer(ledger, name="ledger", help="The ledger of this home.")
app.add_typer(index, name="index", help="The index of this node.")


@ledger.command(name="serve")
def serve_ledger(
    console: Console,
    *,
    port: Annotated[
        int | None,
        typer.Option(
            help="Port on loopback; 0 takes a free one. Unless said, that of `consortium.json`,"
            " else 8545."
        ),
    ] = None,
) -> None:
    """Serve the ledger as Ethereum JSON-RPC on loopback, until it is stopped.

    Example: salus ledger serve --port 8545
    """
    Home.open(console.home)
    if ledger_is_elsewhere(console.home):
        raise LedgerElsewhere(home=str(console.home))
    relayer, clock = SigningKey.from_bytes(read_secret(console.home / RELAYER)), SystemClock()
    chain = EmbeddedLedger(console.home / LEDGER_FILE, clock=clock, relayer=relayer)
    listener = listen("127.0.0.1", _usual_port(console.home) if port is None else port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    announce_ledger(console.home, url)
    console.say("The ledger answers at {url}. Stop it with Ctrl-C.", url=url)
    try:
        with watched({"ledger": lambda: ledger_found(chain, clock)}):
            serve(ledger_app(chain), listener)
    finally:
        (console.home / SERVED).unlink(missing_ok=True)
        chain.close()


def _usual_port(home: Path) -> int:
    charter = charter_of(home)
    return (urlsplit(charter.ledger).port if charter else None) or 8545


@index.command(name="rebuild")
def rebuild_index(console: Console) -> None:
    """Make the index anew from the ledger, and compare row by row."""
    with open_node(console.home) as node:
        found = node.rebuild_index()
    console.answer({"differences": [{"table": each.table, "rows": each.rows} for each in found]})
    if not found:
        console.say("The index is the same as the ledger says, row by row.")
        return
    console.say("The index differed and was put right:")
    console.table(("table", "rows"), [(each.table, each.rows) for each in found])
