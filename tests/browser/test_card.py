"""The ledger is a process of its own, and dies: what a clinician can still do is read a card."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import Browser

from salus.kernel.ids import record_from_text
from salus.platform.node import open_node
from salus.platform.web.portal import Role
from salus.rights.custody.household import keepers_of, source_of
from salus.services.emergency import card as cards
from salus.services.emergency.printing import card_of
from salus.surfaces.server.seed.living import Account, employ
from tests.browser.conftest import UNLIMITED, Enter, Shown
from tests.browser.moved import PASSWORD, Founded, apart
from tests.journeys.stage import answers, copy, running

GLASS, CARD = "/app/clinic/break-glass", "/app/clinic/card"


@dataclass(frozen=True, slots=True)
class Town:
    """A portal, the process of its ledger, and a card with its code."""

    shown: Shown
    ledger: Popen[str]
    printed: cards.Printed


@pytest.fixture(scope="module")
def town(unclaimed: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = copy(unclaimed.home, tmp_path_factory.mktemp("card") / "home")
    printed, medic = apart(lambda: prepared(home, unclaimed.records[0]))
    with running(home, "ledger", "serve", "--port", "0") as ledger:
        answers(ledger)
        with running(home, "serve", "--port", "0", settings=UNLIMITED) as portal:
            assert portal.stdout is not None
            found = re.search(r"http://localhost:\d+", portal.stdout.readline())
            assert found is not None
            yield Town(Shown(found[0], home, {"Medic": medic}, []), ledger, printed)


def prepared(home: Path, record: str) -> tuple[cards.Printed, Account]:
    """The sealed card of a record, and a clinician."""
    source, handle = source_of(home), record_from_text(record)
    with open_node(home) as node:
        keepers = keepers_of(node, home, handle)
        made = card_of(node, keepers, handle, source=source.address, valid=timedelta(days=365))
        medic = employ(node, "Medic", "medic1", (Role.CLINICIAN,), password=PASSWORD)
    return cards.printed(made, by=source.signing, is_sealed=True), medic


def test_a_card_is_read_though_the_ledger_is_stopped(browser: Browser, town: Town) -> None:
    """Journey 6, the end: an emergency opens nothing any more, the card tells of the allergy."""
    enters = Enter(browser, town.shown)
    try:
        medic = enters("Medic")
        assert medic.open(GLASS) == 200
        town.ledger.terminate()
        town.ledger.wait(timeout=30)
        assert medic.open(GLASS) == 503
        medic.sees("The ledger does not answer, so no record can be opened now")
        medic.press(f"main a[href='{CARD}']")
        medic.fill(codes="\n".join(town.printed.parts), code="AAAAA-AAAAA")
        medic.press("main form button.main")
        medic.sees("The tear-off code does not open this card.")
        assert "Allergy" not in medic.text()
        medic.fill(code=town.printed.code)
        medic.press("main form button.main")
        medic.sees("hospital signed this card", "Allergy")
        assert medic.faults() == []
        assert not medic.too_wide()
    finally:
        enters.leave()
