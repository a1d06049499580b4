"""`salus network`: validators on this machine, and who may be one."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.platform.node import RELAYER, relayer_files
from salus.platform.settings import read as settings
from salus.platform.storage import read_secret
from salus.surfaces.consortium.organizations import organizations_in
from salus.surfaces.network.asking import Standing, standing
from salus.surfaces.network.deciding import decide
from salus.surfaces.network.engine import engine
from salus.surfaces.network.errors import BadNetwork
from salus.surfaces.network.folder import Folder, folders
from salus.surfaces.network.founding import USUAL, found, founders_in, join
from salus.surfaces.network.funding import fund
from salus.surfaces.network.model import Founder, Peer
from salus.surfaces.network.rotating import rotate
from salus.surfaces.network.running import own
from salus.surfaces.network.running import run as supervise
from salus.surfaces.network.running import start as start_all
from salus.surfaces.network.running import stop as stop_all
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.settling import settle
from salus.surfaces.network.story import live

app, network = Commands(), Commands()
app.add_typer(network, name="network", help="Validators: who decides what the ledger says.")

_NETWORK = Annotated[
    Path, typer.Option("--network", help="Folder with a folder for each validator.")
]
_NAMES = Annotated[
    list[str] | None, typer.Argument(help="Validators; unless said, all whose folders are there.")
]
_USUAL_PLACE = Path("network")
_ORGANIZATION = Annotated[
    str,
    typer.Option(
        help="Whose key it is: a name that the first home knows, or an address; else NAME."
    ),
]
_APPROVE = Annotated[
    list[Path] | None,
    typer.Option(help="Home of a governor: the first proposes, the others approve."),
]


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
                    "relayers": [to_hex(account) for account in each.relayers],
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
def status(
    console: Console,
    names: _NAMES = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="End with status 1 unless all are ready.")
    ] = False,
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Show how far each validator is, whom it hears, and what it takes on the disk.

    Example: salus network status --network build/network
    """
    found = [standing(each) for each in folders(network, tuple(names or ()))]
    _show(console, found)
    if check and not all(each.ready for each in found):
        raise typer.Exit(1)


@network.command(name="add-validator")
def add_validator(
    console: Console,
    name: Annotated[str, typer.Argument(help="Name of the validator that joins.")],
    *,
    host: Annotated[str, typer.Option(help="Its IP address.")] = "127.0.0.1",
    first_port: Annotated[
        int, typer.Option(help="The first of eight ports in a row; 0 takes free ones.")
    ] = 0,
    power: Annotated[int, typer.Option(help="How much it votes.")] = 10,
    organization: _ORGANIZATION = "",
    approve: _APPROVE = None,
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Make the home of one more validator, and let governors decide that it votes.

    What exists of it is kept: run it again, with homes of governors, once it has caught up.

    Example: salus network add-validator bank --approve hospital --approve clinic
    """
    founder = Founder(name, host, first_port, power)
    peer = _known(network, name) or join(network, founder)
    console.say("The home of {name} is {folder}.", name=name, folder=network / name)
    _decide(console, peer, power, organization or name, approve)


@network.command(name="remove-validator")
def remove_validator(
    console: Console,
    name: Annotated[str, typer.Argument(help="Name of the validator that leaves.")],
    *,
    organization: _ORGANIZATION = "",
    approve: _APPROVE = None,
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Let governors decide that a validator votes no longer; its folder stays.

    Example: salus network remove-validator bank --approve hospital --approve clinic
    """
    (folder,) = folders(network, (name,))
    _decide(console, own(folder, folder.read()), 0, organization or name, approve)


@network.command(name="settle")
def settle_consortium(
    console: Console,
    *,
    organizations: Annotated[
        Path, typer.Option(help="Who belongs to it: names, roles, addresses, as JSON.")
    ],
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Found a consortium on a network that runs, and write homes beside those of its validators.

    Example: salus network settle --organizations organizations.json --network build/network
    """
    named = organizations_in(organizations)
    with console.progress("Founding", total=len(named.organizations) + 1) as step:
        charter = settle(network, named, step=step)
    names = [seat.name for seat in charter.seats]
    console.answer({"homes": {name: str(network / name) for name in names}})
    console.say("These homes are in {folder}: {names}.", folder=network, names=", ".join(names))
    console.say("Give each party its own, and no other. Then destroy what is left here.")


@network.command()
def demo(
    console: Console,
    *,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the homes; it must be new or empty.")
    ] = Path("build/network-demo"),
) -> None:
    """Start a network and a consortium on this machine, live the life of one record, stop them.

    Example: salus network demo --out build/network-demo
    """
    story = live(console, out)
    console.answer(
        {
            "folder": str(out),
            "steps": [
                {"title": step.title, "lines": list(step.lines), "seconds": round(step.seconds, 3)}
                for step in story.steps
            ],
        }
    )


@network.command(name="fund")
def fund_account(
    console: Console,
    account: Annotated[str, typer.Argument(help="Address of a relayer, from 0x on.")],
    *,
    giver: Annotated[str, typer.Option("--from", help="A validator that runs here.")],
    network: _NETWORK = _USUAL_PLACE,
) -> None:
    """Give an account what it needs to send transactions.

    Example: salus network fund 0x5fb005613f973d84f06a43627db5ec007b65ff00 --from hospital
    """
    (folder,) = folders(network, (giver,))
    known = folder.read()
    key = SigningKey.from_bytes(read_secret(folder.home / RELAYER))
    to = _address(account)
    fund(known, own(folder, known), key, to, patience=settings(NetworkSettings).start_seconds)
    console.answer({"account": to_hex(to)})
    console.say("The account {account} can send.", account=to_hex(to))


@network.command(name="rotate-relayers")
def rotate_relayers(console: Console) -> None:
    """Give a home new keys to send with; its old accounts are emptied. Start again what runs in it.

    Example: salus network rotate-relayers --home build/network/hospital
    """
    told, count = settings(NetworkSettings), len(relayer_files(console.home))
    with console.progress("Replacing keys", total=count) as step:
        made = rotate(console.home, patience=told.start_seconds, step=step)
    console.answer({"relayers": [to_hex(each) for each in made]})
    console.say("This home sends with new keys: {accounts}.", accounts=", ".join(map(to_hex, made)))
    console.say("Start again what runs in it: the old accounts are empty.")


def _address(text: str) -> Address:
    try:
        return Address(from_hex(text.lower(), 20))
    except ValueError:
        raise BadNetwork(
            reason=translate("{account} is not the address of an account", account=text[:42])
        ) from None


def _known(net: Path, name: str) -> Peer | None:
    place = Folder(net / name)
    return own(place, place.read()) if place.network.exists() else None


def _decide(
    console: Console, peer: Peer, power: int, organization: str, homes: list[Path] | None
) -> None:
    answer: dict[str, object] = {"validator": peer.name, "key": to_hex(peer.key), "power": power}
    if not homes:
        console.answer(answer | {"decided": False})
        console.say("Its key is {key}. It votes when the governors say so.", key=to_hex(peer.key))
        return
    made = decide(peer, power, organization=organization, homes=homes)
    console.answer(answer | {"decided": made.done, "proposal": to_hex(made.proposal)})
    if made.done:
        console.say(
            "The governors decided: {name} votes with {power}.", name=peer.name, power=power
        )
    else:
        console.say("The proposal {id} waits for more governors.", id=to_hex(made.proposal))


def _show(console: Console, found: list[Standing]) -> None:
    highest = max((each.height for each in found), default=0)
    console.answer(
        {"validators": [{**asdict(each), "lag": highest - each.height} for each in found]}
    )
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
    console.table(
        ("validator", "state", "height", "lag", "block", "head", "peers", "power", "MB"), rows
    )


def _state(one: Standing) -> str:
    if not one.running:
        return translate("stopped")
    if one.ready:
        return translate("ready")
    return translate("catching up") if one.height else translate("starting")
