"""A portal in memory with two people who have no records: quick, for what no record matters to."""

from datetime import timedelta
from pathlib import Path

from salus.kernel.clock import ManualClock
from salus.platform.testing import memory_node
from salus.platform.work import Node
from salus.rights.identity.accounts import service
from salus.surfaces.server import app as application
from tests.support.portal import PASSWORD, UNLIMITED, Visitor, signed_in

OWNER, OTHER = "Wang Lan", "Ana Silva"


class Place:
    """Its clock is moved by hand; `behind`: for how many minutes the ledger has been silent."""

    def __init__(self, folder: Path) -> None:
        self.node: Node = memory_node()
        self.behind = 0
        self.app = application.portal_app(
            self.node, folder, is_behind=lambda: self.behind, settings=UNLIMITED
        )
        for name in (OWNER, OTHER):
            service.join(self.node, name=name, password=PASSWORD, language="en")

    def later(self, time: timedelta = timedelta(minutes=31)) -> None:
        """By default longer than a session of a patient lasts."""
        assert isinstance(self.node.clock, ManualClock)
        self.node.clock.move(time)

    def stranger(self) -> Visitor:
        return Visitor(self.app, node=self.node)

    def enter(self, name: str) -> Visitor:
        return signed_in(self.stranger(), name)

    def account(self, name: str) -> str:
        return service.sign_in(self.node, name=name, password=PASSWORD).account
