"""What capabilities tell: looks, shares that end, emergencies; each once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.identity.notices.gathering import gather
from tests.support.portal import Opened, Visitor, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("news") / "home") as made:
        yield made


def shared(portal: Opened, who: Visitor, days: int) -> None:
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=days)).date().isoformat(),
        "step": "sign",
    }
    who.follow(who.post("/app/share", values))


def test_a_patient_is_told_of_looks_and_of_shares_that_end(portal: Opened) -> None:
    who = portal.patient("Ada", portal.record)
    gather(portal.node)
    shared(portal, who, 5)
    assert gather(portal.node) == 0
    wish = Wish(record_text(portal.record), "laboratory", "clinic")
    open_wished(portal.node, portal.home, wish, step=lambda _: None)
    assert gather(portal.node) == 1
    assert gather(portal.node) == 0
    assert "Somebody looked at your record." in who.get("/app/home").text
    assert "clinic" not in who.get("/app/notices").text
    portal.clock.move(timedelta(days=3))
    assert gather(portal.node) == 1


def test_nobody_is_told_of_what_is_not_his(portal: Opened) -> None:
    for who in (portal.patient("Eve"), portal.staff("Lee", "lender", Role.LENDER)):
        page = who.get("/app/notices").text
        assert "Somebody looked" not in page
        assert "Something that you share" not in page
