"""The life of one record among organizations that share a network and trust no operator."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from salus.platform.cli import Console
from salus.platform.settings import read as settings
from salus.rights.custody.consortium.model import LEDGER, Organizations
from salus.rights.identity.charter import Charter
from salus.rights.identity.model import Roles
from salus.surfaces.consortium.commands import staying
from salus.surfaces.consortium.errors import StepFailed
from salus.surfaces.consortium.processes import processes
from salus.surfaces.demo.scene import Story
from salus.surfaces.network.asking import standing
from salus.surfaces.network.errors import NotRunning
from salus.surfaces.network.folder import folders
from salus.surfaces.network.model import Network
from salus.surfaces.network.running import start, stop
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.settling import node_url, settle
from salus.surfaces.network.story_care import care
from salus.surfaces.network.story_founding import found_network, usual
from salus.surfaces.network.story_market import market
from salus.surfaces.network.story_scene import HOSPITAL, NetworkScene


def live(console: Console, folder: Path) -> Story:
    """Found everybody in a new folder, start them, live the story, and stop them."""
    story = Story(console)
    with running(story, folder, usual()) as scene:
        care(scene)
        market(scene)
        _look(scene)
        _compare(scene)
    with story.step("Everybody has stopped") as line:
        line("The homes are left in {folder}.", folder=folder)
    return story


@contextmanager
def running(
    story: Story,
    folder: Path,
    organizations: Organizations,
    *,
    before: Callable[[Charter], Mapping[str, str]] = lambda _: {},
) -> Iterator[NetworkScene]:
    """A network and its parties, who stop at the end.

    `before` is called before they start, and says who listens elsewhere than others think.
    """
    network = _found(story, folder)
    with _started(story, folder):
        charter = _settle(story, folder, network, organizations)
        with processes(folder, programs(charter, before(charter))) as parties:
            scene = NetworkScene(story, folder, network, charter, parties)
            _start(scene)
            yield scene


def programs(charter: Charter, elsewhere: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """What stays in each home beside the engine; nobody serves a ledger alone here."""
    return {
        name: (*command, *(("--address", elsewhere[name]) if name in elsewhere else ()))
        for name, command in staying(charter).items()
        if name != LEDGER
    }


def _found(story: Story, folder: Path) -> Network:
    with story.step("Four organizations found a network") as line:
        network = found_network(folder)
        for peer in network.peers:
            line(
                "{name} votes with a key of its own; its node answers it at {url}.",
                name=peer.name,
                url=node_url(peer),
            )
    return network


@contextmanager
def _started(story: Story, folder: Path) -> Iterator[None]:
    told, chosen = settings(NetworkSettings), folders(folder)
    try:
        with story.step("Their validators start") as line:
            start(chosen, settings=told, step=lambda _: None)
            for each in map(standing, chosen):
                line(
                    "{name} is at block {block}, hears {peers} others and votes with {power}.",
                    name=each.name,
                    block=each.number,
                    peers=each.peers,
                    power=each.power,
                )
        yield
    finally:
        with suppress(NotRunning):
            stop(chosen, settings=told)


def _settle(story: Story, folder: Path, network: Network, organizations: Organizations) -> Charter:
    with story.step("Eleven organizations found a consortium on it") as line:
        charter = settle(folder, organizations, step=lambda _: None)
        for seat in charter.seats:
            role = ", ".join(each.name.lower() for each in Roles(seat.roles) if each.name)
            whom = _node_of(network, seat.name)
            line("{name} ({roles}) asks {node}.", name=seat.name, roles=role, node=whom)
    return charter


def _node_of(network: Network, name: str) -> str:
    return node_url(network.peer(name) or network.peers[0]) + ("" if network.peer(name) else " +2")


def _start(scene: NetworkScene) -> None:
    with scene.story.step("Each starts a process in its own home") as line:
        names = [seat.name for seat in scene.charter.seats]
        scene.parties.start(*names)
        for name in names:
            line(
                "{name} runs as process {number} and answers at {url}.",
                name=name,
                number=scene.parties.running[name].pid,
                url=scene.url(name),
            )


def _look(scene: NetworkScene) -> None:
    with scene.story.step("The patient sees who looked") as line:
        for each in scene.do(HOSPITAL, "looks", scene.record):
            line(
                "{time}  {reader}  {purpose}  {outcome}  {rule}",
                time=each["time"],
                reader=each["reader"],
                purpose=each["purpose"],
                outcome=each["outcome"],
                rule=each["rule"][:18],
            )


def _compare(scene: NetworkScene) -> None:
    with scene.story.step("Everybody has the same ledger") as line:
        heads = {each.name: each.head for each in map(standing, folders(scene.folder))}
        if len(set(heads.values())) != 1:
            raise StepFailed(name=", ".join(heads), reason="their heads differ")
        line(
            "Block {block} has the same hash in all four nodes: {hash}.",
            block=scene.block(HOSPITAL),
            hash=next(iter(heads.values())),
        )
        found = scene.do(HOSPITAL, "index", "rebuild")["differences"]
        line("Rows of the index of hospital that differ from it: {count}.", count=len(found))
