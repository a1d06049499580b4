"""A portal that is served from this process, on a clock that a test moves, with people in it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from salus.kernel.ids import Digest, record_from_text
from salus.platform.node import open_node
from salus.platform.web import listen, serving
from salus.platform.web.portal import Role
from salus.platform.work import Node, Work, catch_up
from salus.rights.consent.authority import claiming
from salus.rights.custody import founding
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.keyring import of_home
from salus.rights.identity.notices.gathering import gather
from salus.rights.records.service import newest_version
from salus.rights.records.versions import record_root_of
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT
from salus.surfaces.demo.clock import MovedClock
from salus.surfaces.demo.patients import directory, patient
from salus.surfaces.server.app import portal_app
from salus.surfaces.server.seed.living import Account, employ
from tests.journeys.stage import answer
from tests.support.guessing import guessed_quickly
from tests.support.portal import UNLIMITED

T = TypeVar("T")
PASSWORD = "correct horse battery staple"
PATIENTS, RESOURCES = 4, 120


@dataclass(frozen=True, slots=True)
class Founded:
    """A home in which a hospital keeps records that nobody controls yet."""

    home: Path
    records: list[str]


def founded(folder: Path) -> Founded:
    """Made once and copied for each file of tests: nobody has joined."""
    home = folder / "home"
    founding.found(home, clock=MovedClock(), settings=CustodySettings())
    files = [folder / f"{number}.json" for number in range(PATIENTS)]
    for number, file in enumerate(files):
        file.write_bytes(patient(number, resources=RESOURCES))
    (folder / "places.json").write_bytes(directory())
    made = answer(home, "import", folder / "places.json", *files)["records"]
    return Founded(home, [each["record"] for each in made])


@dataclass(slots=True)
class Moved:
    """It answers at `url`. `records` wait for their patients; `behind` is for how many minutes the
    ledger has been silent.
    """

    url: str
    home: Path
    node: Node
    clock: MovedClock
    records: list[str]
    accounts: dict[str, Account] = field(default_factory=dict)
    behind: int = 0

    def now(self) -> datetime:
        return self.clock.now()

    def patient(self, name: str, *, record: bool = False) -> str:
        """Somebody joins, and takes the control of a record, whose handle is returned, or none."""
        return apart(lambda: self._join(name, is_owner=record))

    def _join(self, name: str, *, is_owner: bool) -> str:
        made = accounts.join(self.node, name=name, password=PASSWORD, language="en")
        taken = [self.records.pop(0)] if is_owner else []
        if taken:
            with self.node.sessions() as session, session.begin():
                work = Work(self.node, session)
                code = claiming.invite(work, [record_from_text(each) for each in taken])
                claiming.accept(work, code, made.account)
            claiming.take_over(self.node, made.account, made.wallet)
        handle = "".join(taken)
        self.accounts[name] = Account(name, PASSWORD, "", (str(Role.PATIENT),), handle)
        return handle

    def staff(self, name: str, party: str, *roles: Role) -> None:
        self.accounts[name] = employ(self.node, name, party, roles, password=PASSWORD)

    def enrich(self, party: str, units: int = 100_000 * UNIT) -> None:
        """Money of the platform, for a party to spend."""
        ring = of_home(self.home)
        issuer = ring.party("platform").signing
        revenue.issue(self.node, to=ring.party(party).address, amount=units, by=issuer)

    def day(self, days: int) -> str:
        return (self.clock.now() + timedelta(days=days)).date().isoformat()

    def root(self, record: str) -> Digest:
        """Of the newest version of a record, which covers every byte of it."""
        with self.node.reading() as session:
            return record_root_of(newest_version(session, record_from_text(record)))

    def beat(self) -> None:
        """What `salus serve` does once a second: follow, tell what is new, do what is due."""
        apart(self._beat)

    def _beat(self) -> None:
        self.node.follow()
        gather(self.node)
        catch_up(self.node)

    def move(self, **time: float) -> None:
        """Later. Whoever was signed in for too long is so no more."""
        self.clock.move(timedelta(**time))
        self.node.ledger.advance()
        self.beat()


def apart(verb: Callable[[], T]) -> T:
    """In another thread: the loop of the browser runs in this one, and a loop bears no other."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(verb).result()


@contextmanager
def moving(home: Path, records: list[str]) -> Iterator[Moved]:
    """The portal of a home, until the end of the block."""
    clock = MovedClock()
    with guessed_quickly(), open_node(home, clock=clock) as node:
        listener = listen("127.0.0.1", 0)
        url = f"http://localhost:{listener.getsockname()[1]}"
        made = Moved(url, home, node, clock, list(records))
        with serving(
            portal_app(node, home, is_behind=lambda: made.behind, settings=UNLIMITED), listener
        ):
            try:
                yield made
            finally:
                made.beat()  # else the node does what is due when it is closed, in this thread
