"""Who looked, on the first page: as the keepers told it, with its time, and never waited for."""

import re
from collections.abc import Iterator
from importlib import import_module
from threading import Event
from typing import Any

import pytest

from salus.rights.custody import glancing, household
from salus.rights.custody.errors import TooFewShares
from salus.rights.custody.service import Seen
from salus.rights.identity.accounts import service
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.keyring import of_home
from tests.support.portal import PASSWORD, Opened, Visitor, opened, signed_in

LOOKS: Any = import_module("salus.rights.custody.pages.looks")
SOON = 60.0  # seconds, far more than it takes
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The clinic has tried to read a record that nobody has shared with it."""
    with opened(tmp_path_factory.mktemp("looks") / "home") as made:
        made.patient("Ada", made.record)
        assert not made.is_read_by_clinic()
        yield made


@pytest.fixture
def who(portal: Opened) -> Visitor:
    """The patient in a new session, of which nothing is known yet."""
    return signed_in(portal.visitor(), "Ada")


def lately(who: Visitor, path: str = "/app/home") -> str:
    found = re.search(r'<div id="lately".*?</div>', who.get(path).text, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_first_page_says_who_looked_and_when_keepers_told_it(
    who: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LOOKS, "PATIENCE", SOON)
    shown = lately(who)

    assert "<strong>clinic</strong>" in shown
    assert "refused" in shown
    assert "As the key holders told it on <time" in shown


def test_the_first_page_does_not_wait_for_slow_keepers(
    who: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer, honest = Event(), LOOKS.glance

    def slowly(*given: Any, **named: Any) -> list[Seen]:
        assert may_answer.wait(SOON)
        return list(honest(*given, **named))

    monkeypatch.setattr(LOOKS, "glance", slowly)
    first, again = lately(who), lately(who, "/app/home?asked=again")
    may_answer.set()
    monkeypatch.setattr(LOOKS, "PATIENCE", SOON)

    assert "being asked who looked" in first
    assert 'hx-get="/app/home?asked=again"' in first
    assert "have not answered yet" in again
    assert "hx-get" not in again  # it is asked for once: a page that asks for ever keeps it open
    assert "clinic" not in first + again
    assert "<strong>clinic</strong>" in lately(who)


def test_keepers_that_fail_leave_the_first_page_as_it_is(
    who: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> list[Seen]:
        raise TooFewShares(answered=0, needed=1, missing="c1")

    monkeypatch.setattr(LOOKS, "glance", fail)
    monkeypatch.setattr(LOOKS, "PATIENCE", SOON)

    assert "being asked who looked" in lately(who)
    assert "Nobody has looked" not in who.page
    assert who.get("/app/looks").status_code == 503


def test_doors_are_built_once_and_again_when_a_keeper_moves(
    portal: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    honest = household.keeper

    def keeper(node: Any, home: Any, name: str) -> Any:
        built.append(name)
        return honest(node, home, name)

    monkeypatch.setattr(household, "keeper", keeper)
    monkeypatch.setattr(glancing, "_STANDING", type(glancing._STANDING)())
    every = household.inside(portal.home)
    glancing.prepare(portal.node, portal.home)
    glancing.prepare(portal.node, portal.home)
    assert sorted(built) == every

    household.announce_peer(portal.home, "c1", NOBODY)
    glancing.prepare(portal.node, portal.home)
    household.announce_peer(portal.home, "c1", None)
    assert sorted(built) == sorted([*every, *(each for each in every if each != "c1")])


def test_doors_that_stand_tell_what_is_new(portal: Opened) -> None:
    def told() -> int:
        return len(glancing.glance(portal.node, portal.home, portal.record, by=key))

    key = _key(portal)
    before = told()
    assert not portal.is_read_by_clinic()

    assert told() == before + 1


def test_only_who_controls_a_record_is_told_also_at_doors_that_stand(portal: Opened) -> None:
    glancing.glance(portal.node, portal.home, portal.record, by=_key(portal))
    other = of_home(portal.home).party("clinic").signing

    with pytest.raises(TooFewShares):
        glancing.glance(portal.node, portal.home, portal.record, by=other)


def _key(portal: Opened) -> Any:
    """The key that controls the record: the wallet is opened as at a sign-in."""
    signed = service.sign_in(portal.node, name="Ada", password=PASSWORD)
    return Wallet(signed.root).controller(portal.record)
