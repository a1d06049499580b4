"""A newcomer makes its own home, introduces itself, and is known in homes that nobody edited."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from salus.platform.web.errors import NoSuchAddress
from salus.rights.custody.consortium.model import Organizations
from salus.rights.identity.charter import charter_of
from salus.rights.identity.doors import peer_of
from salus.surfaces.consortium.organizations import USUAL, at_free_ports, organizations_in
from tests.journeys.stage import answer, run, running
from tests.support.governed import FIRST, SECOND, Homes, governed
from tests.support.secrets_of import foreign

NAME = "thrift"
NOT_ADMITTED, NOT_JOINED = "governing/not-admitted", "consortium/sealing-differs"


@dataclass(slots=True)
class Joining:
    """The homes of a consortium, and one that is not yet of it."""

    homes: Homes
    urls: list[str]
    said: Any = None

    @property
    def home(self) -> Path:
        return self.homes.folder / NAME

    @property
    def paper(self) -> Path:
        return self.homes.folder.parent / "thrift.json"

    def introduce(self, url: str, *more: str | Path) -> Any:
        asked = ("--url", url, "--roles", "lender,reader", "-o", self.paper, *more)
        return answer(self.home, "consortium", "introduce", NAME, *asked)

    def welcome(self, home: str) -> Any:
        return answer(self.homes.folder / home, "consortium", "welcome", self.paper)

    def refused(self, home: str) -> str:
        return self.homes.refuses(home, "welcome", str(self.paper), group="consortium")


@pytest.fixture(scope="module")
def joining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joining]:
    named = organizations_in(USUAL)
    free = at_free_ports(Organizations(named.ledger, named.organizations[:2])).organizations
    with governed(tmp_path_factory.mktemp("joining")) as homes:
        yield Joining(homes, [each.url for each in free])


def test_a_newcomer_comes_from_its_own_home_to_a_name_in_all_others(joining: Joining) -> None:
    homes = joining.homes
    said = joining.introduce(joining.urls[0], "--from", homes.folder / FIRST)
    assert NOT_ADMITTED == joining.refused(FIRST)
    homes.decided("admit", said["address"], "--roles", "lender,licensee")
    assert NOT_JOINED == joining.refused(FIRST)
    assert answer(joining.home, "governance", "join", NAME)["new"]
    for home in (FIRST, SECOND, "c1", "gateway"):
        assert ["licensee", "lender"] == joining.welcome(home)["roles"]

    assert NAME == homes.member("c1", said["address"])["organization"]
    assert said["address"] == homes.member(FIRST, NAME)["address"]
    assert [] == list(foreign(homes.folder))
    known = {(homes.folder / home / "consortium.json").read_bytes() for home in (FIRST, "c1")}
    assert 1 == len(known)


def test_others_reach_its_door_by_the_certificate_that_it_gave_them(joining: Joining) -> None:
    charter = charter_of(joining.homes.folder / FIRST)
    assert charter is not None
    seat = charter.seat(NAME)
    assert seat is not None
    with running(joining.home, "witness", NAME) as started:
        assert started.stdout is not None
        assert joining.urls[0] in started.stdout.readline()
        peer = peer_of(seat)
        with pytest.raises(NoSuchAddress):
            peer.get("/nothing-here")
        peer.close()


def test_it_moves_and_says_so_in_the_same_way(joining: Joining) -> None:
    before = joining.paper.read_bytes()
    joining.introduce(joining.urls[1])
    shown = run(joining.homes.folder / FIRST, "consortium", "welcome", joining.paper)
    joining.paper.write_bytes(before)

    assert f"{NAME} is known here and answers at {joining.urls[1]}" in shown.out
    assert "consortium/introduction-old" == joining.refused(FIRST)
    assert joining.urls[0] == joining.welcome(SECOND)["url"], "it has not heard of the new one"
