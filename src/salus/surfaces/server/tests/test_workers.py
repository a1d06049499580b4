"""Several processes answer pages: whoever is known to one is known to all, and one may die."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import httpx
import pytest

from salus.kernel.ids import record_text
from salus.platform.observe.health import Health
from salus.platform.observe.meters import Meters
from salus.platform.web import listen, listen_together
from salus.platform.web.portal import sessions
from salus.platform.work import Work
from salus.rights.consent.authority import claiming
from salus.rights.custody.pages.looks import GLANCED, Glanced
from salus.rights.custody.pages.shelf import SHELF, Shelved
from salus.surfaces.server.background import BEHIND, Echo, Pulse, ledger_for_others
from salus.surfaces.server.workers import Worker, working
from tests.support.portal import Opened, Visitor, opened

PATIENCE = 60.0  # seconds for a process to begin


@dataclass(frozen=True, slots=True)
class Serving:
    """Two workers, here at an address each, so that a test knows which of them it asks."""

    portal: Opened
    workers: Sequence[Worker]
    ports: tuple[int, int]
    counts: Path

    def get(self, number: int, path: str, who: Visitor) -> httpx.Response:
        return self._ask(number, "GET", path, who, {})

    def post(self, number: int, path: str, who: Visitor, **values: str) -> httpx.Response:
        hidden = {name: who.hidden(name) for name in ("csrf", "once")}
        return self._ask(number, "POST", path, who, hidden | values)

    def _ask(
        self, number: int, method: str, path: str, who: Visitor, values: dict[str, str]
    ) -> httpx.Response:
        at = f"http://127.0.0.1:{self.ports[number]}"
        cookies = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
        headers = {"origin": at, "cookie": cookies}
        return httpx.request(method, at + path, data=values, headers=headers, timeout=PATIENCE)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home, counts = tmp_path_factory.mktemp("workers") / "home", tmp_path_factory.mktemp("counts")
    with opened(home) as portal, ledger_for_others(portal.node, home):
        first, second = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
        with first, second, working(home, [first, second], None, counts) as workers:
            ports = first.getsockname()[1], second.getsockname()[1]
            yield Serving(portal, workers, ports, counts)


def test_who_signs_in_at_one_is_known_to_all_and_signed_out_of_all(serving: Serving) -> None:
    ada = serving.portal.patient("Ada")

    assert [serving.get(each, "/app/home", ada).status_code for each in (0, 1)] == [200, 200]
    ada.get("/app/home")
    assert serving.post(0, "/app/logout", ada).status_code == 303
    assert serving.get(1, "/app/home", ada).headers["location"].startswith("/app/login")


def test_what_is_signed_at_one_is_seen_at_the_other(serving: Serving) -> None:
    """The first process has the chain in its file; a worker sends it what it signs."""
    portal, bea = serving.portal, serving.portal.patient("Bea")
    with portal.node.sessions() as session, session.begin():
        code = claiming.invite(Work(portal.node, session), [portal.record])
    bea.get("/app/invitation")

    accepted = serving.post(0, "/app/invitation", bea, code=code)
    again = serving.post(1, "/app/invitation", bea, code=code)

    assert accepted.status_code == again.status_code == 303
    assert accepted.headers["location"] == again.headers["location"] == "/app/record"
    assert record_text(portal.record) in serving.get(1, "/app/record", bea).text


def test_an_operator_is_told_what_all_of_them_answered(serving: Serving) -> None:
    eva = serving.portal.patient("Eva")
    before = answered(serving, "/app/shares")
    for number in (0, 0, 1):
        assert serving.get(number, "/app/shares", eva).status_code == 200

    assert answered(serving, "/app/shares") == before + 3


def answered(serving: Serving, route: str) -> float:
    """How often a page was answered, as the first process tells it."""
    told = Meters(Health({}), serving.counts).text().decode()
    named = (
        f'salus_http_request_duration_seconds_count{{method="GET",route="{route}",status="200"}}'
    )
    found = (line.partition(named) for line in told.splitlines())
    return sum(float(count) for _, is_it, count in found if is_it)


def test_one_that_is_killed_is_replaced_and_the_other_goes_on(serving: Serving) -> None:
    cleo, (first, _) = serving.portal.patient("Cleo"), serving.workers
    assert serving.get(0, "/app/home", cleo).status_code == 200
    killed = first.pid or 0
    os.kill(killed, SIGKILL)

    assert serving.get(1, "/app/home", cleo).status_code == 200
    while first.pid in {None, killed}:
        first.tend()
    assert serving.get(0, "/app/home", cleo).status_code == 200


def test_they_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "home") as portal,
        ledger_for_others(portal.node, portal.home),
        listen("127.0.0.1", 0) as listener,
    ):
        with working(portal.home, [listener], None) as workers:
            assert [each.pid is not None for each in workers] == [True]

        assert [each.pid for each in workers] == [None]


def test_several_sockets_share_a_port_that_nobody_else_has() -> None:
    first, second = listen_together("127.0.0.1", 0, 2)
    with first, second:
        port = first.getsockname()[1]

        assert second.getsockname()[1] == port
        with pytest.raises(OSError, match="in use"):
            listen_together("127.0.0.1", port, 2)


def test_a_worker_is_behind_when_the_first_process_follows_no_more(serving: Serving) -> None:
    node = serving.portal.node
    echo = Echo(node)
    echo.beat()
    serving.portal.clock.move(timedelta(seconds=2))
    node.ledger.advance()
    echo.beat()
    echo.heard_at -= BEHIND
    echo.beat()

    assert echo.minutes_behind() > 0
    node.follow()
    echo.beat()
    assert echo.minutes_behind() == 0


@pytest.mark.parametrize("kind", [Pulse, Echo])
def test_what_was_opened_is_forgotten_when_its_visitor_has_left_elsewhere(
    serving: Serving, kind: type[Pulse]
) -> None:
    node, dora = serving.portal.node, serving.portal.patient(f"Dora {kind.__name__}")
    dora.get("/app/home")
    with node.reading() as session:
        here = sessions.find(session, *dora.cookies.values(), now=node.clock.now())
    assert here is not None
    for name in (here.session, "gone"):
        SHELF.take([(name, 1, 1, "laboratory")], lambda keys: dict.fromkeys(keys, Shelved({}, ())))
        GLANCED.take((name, "en"), lambda: Glanced(node.clock.now(), ()))

    kind(node).beat()

    for known in (SHELF.visitors(), GLANCED.visitors()):
        assert here.session in known
        assert "gone" not in known
    SHELF.forget(here.session)
    GLANCED.forget(here.session)
