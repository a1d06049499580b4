"""`salus network init`, `start`, `run`, `stop`, `status`: validators on this machine."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.settings import read as settings
from salus.surfaces.network.asking import Standing, standing
from salus.surfaces.network.engine import engine
from salus.surfaces.network.folder import folders
from salus.surfaces.network.founding import USUAL, found, founders_in
from salus.surfaces.network.running import run as supervise
from salus.surfaces.network.running import start as start_all
from salus.surfaces.network.running import stop as stop_all
from salus.surfaces.network.settings import NetworkSettings

app, network = Commands(), Commands()
app.add_typer(network, name="network", help="Validators: who decides what the ledger says.")

_NETWORK = Annotated[
    Path, typer.Option("--network", help="Folder with a folder for each validator.")
]
_NAMES = Annotated[
    list[str] | None, typer.Argument(help="Validators; unless said, all whose folders are there.")
]
_USUAL_PLACE = Path("network")


@network.command()
def init(
    console: Console,
    *,
    organizations: Annotated[
        Path, typer.Option(help="Who validates: names, hosts, ports and powers, as JSON.")
    ] = USUAL,
    out: Annotated[Path, typer.Option(help="Folder for the validators; new or empty.")],
) -> None:
    """Found a network: keys, first blocks and configurations of each validator.

    Example: salus network init --organizations validators.json --out build/network
    """
    programs = engine(settings(NetworkSettings).engine)
    made = found(out, founders_in(organizations), engine=programs, clock=SystemClock())
    console.answer(
        {
            "chain": made.chain,
            "genesis": to_hex(made.genesis),
            "organizations": to_hex(made.organizations),
            "validators": {
                each.name: {
                    "home": str(out / each.name),
                    "rpc": f"http://127.0.0.1:{each.ports.rpc}",
                    "key": to_hex(each.key),
                    "relayer": to_hex(each.relayer),
                }
                for each in made.peers
            },
        }
    )
    names = ", ".join(each.name for each in made.peers)
    console.say("These validators are in {folder}: {names}.", folder=out, names=names)
    console.say("Give each party its own, and no other. Then destroy what is left here.")


@network.command()
def start(console: Console, names: _NAMES = None, *, network: _NETWORK = _USUAL_PLACE) -> None:
    """Start validators, and wait until each has caught up.

    Example: salus network start hospital --network build/network
    """
    chosen, told = folders(network, tuple(names or ())), settings(NetworkSettings)
    engine(told.engine)
    with console.progress("Starting validators", total=len(chosen)) as step:
        start_all(chosen, settings=told, step=step)
    _show(console, [standing(each) for each in chosen])


@network.command()
def run(
    console: Console,
    name: Annotated[str, typer.Argument(help="A validator whose folder is there.")],
    *,
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Run one validator until it is stopped, and start again what ends; for a service manager.

    Example: salus network run hospital --network build/network
    """
    (folder,) = folders(network, (name,))
    told = settings(NetworkSettings)
    console.say("{name} runs. Stop it with Ctrl-C.", name=name)
    supervise(folder, engine=engine(told.engine), settings=told)


@network.command()
def stop(console: Console, names: _NAMES = None, *, network: _NETWORK = _USUAL_PLACE) -> None:
    """Stop validators, and wait until each has ended.

    Example: salus network stop --network build/network
    """
    chosen = folders(network, tuple(names or ()))
    stop_all(chosen, settings=settings(NetworkSettings))
    console.answer({"stopped": [each.name for each in chosen]})
    console.say("Stopped: {names}.", names=", ".join(each.name for each in chosen))


@network.command()
def status(console: Console, names: _NAMES = None, *, network: _NETWORK = _USUAL_PLACE) -> None:
    """Show how far each validator is, whom it hears, and what it takes on the disk.

    Example: salus network status --network build/network
    """
    _show(console, [standing(each) for each in folders(network, tuple(names or ()))])


def _show(console: Console, found: list[Standing]) -> None:
    highest = max((each.height for each in found), default=0)
    console.answer(
        {"validators": [{**asdict(each), "lag": highest - each.height} for each in found]}
    )
    columns = ("validator", "state", "height", "lag", "block", "head", "peers", "power", "MB")
    rows = [
        (
            each.name,
            _state(each),
            each.height,
            highest - each.height,
            each.number,
            each.head[:18],
            f"{each.peers}/{each.client_peers}",
            each.power,
            each.disk // 1_000_000,
        )
        for each in found
    ]
    console.table(columns, rows)


def _state(one: Standing) -> str:
    if not one.running:
        return "stopped"
    if one.ready:
        return "ready"
    return "catching up" if one.height else "starting"
