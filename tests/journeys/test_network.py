"""The story of a network, lived with a listener on every way between homes."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from salus.kernel.clock import SystemClock
from salus.kernel.wrap import unwrap_keys
from salus.platform.cli import Console
from salus.platform.database import IndexTable
from salus.platform.ledger.served import Served, write_served
from salus.platform.node import SERVED, open_node
from salus.rights.custody import joining, reading
from salus.rights.custody.consortium.model import Organizations
from salus.rights.custody.model import join
from salus.rights.identity.charter import Charter
from salus.surfaces.consortium.organizations import at_free_ports, organizations_in
from salus.surfaces.demo.patients import patient
from salus.surfaces.demo.scene import Story
from salus.surfaces.network.asking import standing
from salus.surfaces.network.folder import Folder, folders
from salus.surfaces.network.running import stop
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.settling import served_for
from salus.surfaces.network.story import running
from salus.surfaces.network.story_care import care
from salus.surfaces.network.story_founding import USUAL
from salus.surfaces.network.story_market import market
from salus.surfaces.network.story_scene import (
    CLINIC,
    HOSPITAL,
    INSTITUTE,
    SECTION,
    VALIDATORS,
    NetworkScene,
)
from tests.journeys.stage import answer
from tests.journeys.test_privacy import MARKER, needles
from tests.support.networked import until
from tests.support.recording import Recorder, Way, recorded
from tests.support.secrets_of import foreign, secrets_of

HALF = 16  # bytes of a secret
HEAD = 12  # bytes of a form that are looked up
ROLES = "hospital,reader"  # of the fifth


@dataclass(slots=True)
class Lived:
    """Who lived, and what a listener heard."""

    scene: NetworkScene
    recorder: Recorder
    said: list[str]

    @property
    def heard(self) -> dict[str, bytes]:
        return self.recorder.contents()


def place(url: str) -> tuple[str, int]:
    split = urlsplit(url)
    return str(split.hostname), int(split.port or 0)


@dataclass(slots=True)
class Listener:
    """Puts itself between all homes before they start."""

    folder: Path
    stack: ExitStack
    free: list[tuple[str, int]]
    recorder: Recorder | None = None

    def __call__(self, charter: Charter) -> dict[str, str]:
        """Everybody listens elsewhere than the others think."""
        real = {seat.name: self.free.pop() for seat in charter.seats}
        ways = [
            Way(seat.name, place(seat.url), real[seat.name], self.folder / seat.name / "tls")
            for seat in charter.seats
        ]
        ways += self._nodes(charter)
        self.recorder = self.stack.enter_context(recorded(self.folder.parent / "heard", ways))
        return {name: f"{host}:{port}" for name, (host, port) in real.items()}

    def _nodes(self, charter: Charter) -> Iterator[Way]:
        """Nodes of the ledger, as those homes see them that have none of their own."""
        network = folders(self.folder)[0].read()
        away = [seat.name for seat in charter.seats if seat.name not in VALIDATORS]
        asked = served_for(network, away[0])
        known = {url: self.free.pop() for url in asked.endpoints}
        urls = tuple(f"http://{host}:{port}" for host, port in known.values())
        for name in away:
            told = Served(urls, asked.own, asked.chain, asked.genesis)
            write_served(self.folder / name / SERVED, told)
        for at, (url, behind) in enumerate(known.items()):
            yield Way(f"node{at}", behind, place(url))


def seated() -> tuple[Organizations, list[tuple[str, int]]]:
    """The usual organizations, and more ports that are free."""
    named = organizations_in(USUAL)
    many = at_free_ports(Organizations(named.ledger, named.organizations * 3)).organizations
    count = len(named.organizations)
    return Organizations(named.ledger, many[:count]), [place(each.url) for each in many[count:]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("network") / "homes"
    story = Story(Console(folder, as_json=True))
    organizations, free = seated()
    with ExitStack() as stack:
        listener = Listener(folder, stack, free)
        scene = stack.enter_context(running(story, folder, organizations, before=listener))
        assert listener.recorder is not None
        care(scene, file=patient(1, marker=MARKER))
        market(scene)
        lines = [line for step in story.steps for line in step.lines]
        yield Lived(scene, listener.recorder, lines)


def test_everything_happened(lived: Lived) -> None:
    for said in (
        "Without c1, c2 clinic still opens it.",
        "They found their shares where they had left them; the same bytes open.",
        "hospital proposed and clinic approved: lender keeps the deposits and issues the money.",
        "lender sees it in its own index: repaid.",
    ):
        assert said in lived.said


def test_all_nodes_have_the_same_head_and_the_index_follows_from_it(lived: Lived) -> None:
    heads = {each.head for each in map(standing, folders(lived.scene.folder))}
    found = [
        lived.scene.do(name, "index", "rebuild")["differences"] for name in (*VALIDATORS, "lender")
    ]

    assert len(heads) == 1
    assert [[]] * len(found) == found


def test_a_listener_heard_every_party_and_every_node(lived: Lived) -> None:
    assert {"c1", "c2", "c3", "c4", "c5", "gateway", "insurer"} <= lived.recorder.carried.keys()
    assert {"node0", "node1", "node2"} <= lived.recorder.carried.keys()
    assert lived.recorder.carried["gateway"] > 10_000
    assert any(b"eth_sendRawTransaction" in each for each in lived.heard.values())
    assert not any(b"content-encoding" in each.lower() for each in lived.heard.values())


def test_nothing_of_the_patient_crossed(lived: Lived) -> None:
    opened = lived.scene.paper("licensed.ndjson").read_bytes()

    assert MARKER.encode() in opened
    assert [] == [
        (name, form)
        for name, content in lived.heard.items()
        for form, needle in needles(MARKER)
        if needle in content
    ]


def forms(secret: bytes) -> Iterator[bytes]:
    """Raw, hex and base64 at each of its three alignments: the first half; decimal: the whole."""
    half = secret[:HALF]
    yield half
    yield half.hex().encode()
    for order in ("big", "little"):
        yield str(int.from_bytes(secret, order)).encode()
    for lead in range(3):
        text = b64encode(b"\0" * lead + half)[4 if lead else 0 : -4]
        yield text
        yield text.replace(b"+", b"-").replace(b"/", b"_")


def crossed(heard: dict[str, bytes], secrets: Iterable[bytes]) -> list[str]:
    """Where one of them was heard. Each place is looked at once, however many are sought."""
    wanted: dict[bytes, list[bytes]] = {}
    for form in {form for each in set(secrets) for form in forms(each)}:
        wanted.setdefault(form[:HEAD], []).append(form)

    def holds(content: bytes) -> bool:
        return any(
            content.startswith(form, at)
            for at in range(len(content) - HEAD + 1)
            for form in wanted.get(content[at : at + HEAD], ())
        )

    return [name for name, content in heard.items() if holds(content)]


def test_no_secret_of_a_home_crossed(lived: Lived) -> None:
    homes = [lived.scene.folder / seat.name for seat in lived.scene.charter.seats]
    secrets = [secret for home in homes for secret in secrets_of(home)]

    assert len(secrets) > 5 * len(homes)
    assert [] == crossed(lived.heard, secrets)
    assert [] == list(foreign(lived.scene.folder))


def test_no_key_crossed_that_opens_a_body(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    """The institute opens once more, here, so that one sees which keys it comes to."""
    keys: list[bytes] = []

    def unwrapped(kek: bytes, wrap: bytes) -> tuple[bytes, bytes]:
        both = unwrap_keys(kek, wrap)
        keys.extend((kek, *both))
        return both

    def joined(dealing: Any, shares: Any, half: Any) -> bytes | None:
        keys.extend(each.y.to_bytes(32, "little") for each in shares)
        keys.append(half.x)
        return join(dealing, shares, half)

    monkeypatch.setattr(reading, "unwrap_keys", unwrapped)
    monkeypatch.setattr(joining, "join", joined)
    scene = lived.scene
    words = ("--section", "laboratory", "--license", scene.license, "--as", INSTITUTE)
    paper = scene.paper("seen.ndjson")
    answer(scene.folder / INSTITUTE, "open", scene.record, *words, "-o", paper)

    assert paper.read_bytes() == scene.paper("licensed.ndjson").read_bytes()
    assert len(set(keys)) >= 8
    assert [] == crossed(lived.heard, keys)


def test_the_search_finds_what_did_cross(lived: Lived) -> None:
    """An address crosses in each request; a key hides in base64 and in digits."""
    seat, key = lived.scene.charter.seat("clinic"), bytes(range(7, 39))
    assert seat is not None

    assert crossed(lived.heard, [bytes(seat.address)]) != []
    for form in (key, b"x" + key.hex().encode(), b64encode(b"ab" + key), b64encode(b"c" + key)):
        assert crossed({"here": form}, [key]) == ["here"]
    assert crossed({"here": str(int.from_bytes(key, "little")).encode()}, [key]) == ["here"]


def rows(home: Path) -> dict[str, list[str]]:
    """Everything in the index of a home, brought up to date."""
    with open_node(home) as node, node.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in IndexTable.metadata.sorted_tables
        }


def admitted(scene: NetworkScene, fifth: Folder) -> Path:
    """It makes its home as a party and is let in; what it introduces itself with."""
    folder, paper = scene.folder, scene.paper("fifth.json")
    (seat,) = at_free_ports(
        Organizations("", organizations_in(USUAL).organizations[:1])
    ).organizations
    asked = ("--url", seat.url, "--roles", ROLES, "--from", folder / HOSPITAL, "-o", paper)
    said = scene.do(fifth.name, "consortium", "introduce", fifth.name, *asked)
    admission = ("admit", said["address"], "--roles", ROLES)
    proposal = scene.do(HOSPITAL, "governance", "propose", *admission)["proposal"]
    scene.do(CLINIC, "governance", "approve", proposal)
    for account in said["relayers"]:
        scene.do(HOSPITAL, "network", "fund", account, "--from", HOSPITAL, "--network", folder)
    scene.do(fifth.name, "governance", "join", fifth.name)
    return paper


def terms(name: str) -> tuple[str, ...]:
    """What a grant of the section to somebody says."""
    until = (SystemClock().now() + timedelta(days=30)).date().isoformat()
    return ("--sections", SECTION, "--to", name, "--purpose", "TREAT", "--until", until)


def opened_by(scene: NetworkScene, name: str) -> bytes:
    """The patient shares a section with somebody by name, who opens it."""
    given = scene.do(HOSPITAL, "grant", scene.record, *terms(name))["grant"]
    paper = scene.paper("grant-by-name.json")
    scene.do(HOSPITAL, "hand", given, "-o", paper)
    scene.do(name, "receive", paper)
    scene.must_open(name, "by-name.ndjson")
    return scene.paper("by-name.ndjson").read_bytes()


def test_a_fifth_joins_from_nothing_and_others_share_with_it_by_name(lived: Lived) -> None:
    """The last one: it changes who validates."""
    scene = lived.scene
    folder, hospital = scene.folder, scene.folder / HOSPITAL
    where = ("--network", folder)
    words = ("--approve", hospital, "--approve", folder / CLINIC)
    scene.do(HOSPITAL, "network", "add-validator", "fifth", *where)
    (fifth,) = folders(folder, ("fifth",))
    try:
        scene.do(HOSPITAL, "network", "start", "fifth", *where)
        paper = admitted(scene, fifth)
        nobody = scene.ask(HOSPITAL, "grant", scene.record, *terms("fifth")).answer["error"]
        assert nobody["type"] == "/problems/identity/unknown-party"
        for name in (HOSPITAL, CLINIC, "insurer"):
            scene.do(name, "consortium", "welcome", paper)
        scene.do(HOSPITAL, "network", "add-validator", "fifth", *where, *words)

        assert until(lambda: standing(fifth).power == 10, "the fifth votes")
        assert opened_by(scene, "fifth") == scene.paper("opened.ndjson").read_bytes()
        assert until(
            lambda: len({standing(each).head for each in folders(folder)}) == 1, "one head"
        )
        homes = (hospital, fifth.home, folder / "lender", folder / "insurer")
        assert until(lambda: len({str(rows(each)) for each in homes}) == 1, "one index")
        assert sum(map(len, rows(hospital).values())) > 30
        scene.do(HOSPITAL, "network", "remove-validator", "fifth", *where, *words)
        scene.do(HOSPITAL, "licensing", "set", scene.record, "--none")
        assert until(lambda: standing(fifth).power == 0, "the fifth votes no longer")
    finally:
        stop([fifth], settings=NetworkSettings())
