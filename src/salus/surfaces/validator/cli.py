"""`salus validator`: the bridge between CometBFT and the execution client."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.platform.cli import Commands, Console
from salus.surfaces.validator.running import read_bridge, run

app = Commands()


@app.command(name="validator")
def run_validator(
    console: Console,
    *,
    config: Annotated[
        Path, typer.Option(help="`bridge.json` of the validator.", dir_okay=False, exists=True)
    ],
) -> None:
    """Join CometBFT and the execution client of one validator, until it is stopped.

    It ends with status 3 when something is in doubt, 4 when CometBFT went away, 5 when the
    execution client stayed away, and 6 when the execution client is of another chain. Bridge and
    CometBFT are started and stopped together; `salus network start` does that.

    Example: salus validator --config hospital/engine/bridge.json
    """
    bridge = read_bridge(config)

    def listening() -> None:
        console.say("The bridge waits for CometBFT at {address}.", address=bridge.abci)

    ended = asyncio.run(run(bridge, SystemClock(), listening))
    if ended is not None:
        console.fail(ended)
        raise typer.Exit(ended.exit)
