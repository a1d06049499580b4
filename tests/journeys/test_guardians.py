"""A patient loses the key of a record, and her guardians give it back; delegates act for her."""

from datetime import timedelta
from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock, SystemClock, stamp
from salus.kernel.ids import record_from_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.node import open_node
from salus.rights.consent.authority.model import WAIT
from salus.rights.consent.service import controller
from salus.rights.identity.errors import BadSignature
from salus.rights.revenue.service import subject_account, withdraw
from tests.journeys.market import Market
from tests.journeys.stage import answer, chart, copy, grant, opening, record_of, run, written

GUARDIANS = ("mother", "brother", "doctor")


@pytest.fixture(scope="module")
def guarded(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a record and three guardians of whom two recover it."""
    folder = tmp_path_factory.mktemp("guarded")
    home = copy(founded, folder / "home")
    record = record_of(home, written(folder, "chart.json", chart()))
    for name in GUARDIANS:
        answer(home, "invite", name)
    answer(home, "guardians", record, "--set", ",".join(GUARDIANS), "--threshold", "2")
    return home, record


@pytest.fixture
def kept(guarded: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    home, record = guarded
    return copy(home, tmp_path / "home"), record


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The clock of every command of a test."""
    moved = ManualClock(SystemClock().now())
    monkeypatch.setattr("salus.platform.node.SystemClock", lambda: moved)
    return moved


def refusal(home: Path, *arguments: str | Path) -> str:
    """The type of the error with which a command ends."""
    said = run(home, *arguments, "--json")
    assert said.status == 1
    kind: str = said.json()["error"]["type"]
    return kind.removeprefix("/problems/")


def test_two_of_three_guardians_give_the_record_back(
    kept: tuple[Path, str], clock: ManualClock, tmp_path: Path
) -> None:
    home, record = kept
    given = grant(home, record, "laboratory")
    first = answer(home, "recover", "open", record, "--by", "mother")
    second = answer(home, "recover", "open", record, "--by", "doctor")
    opens = stamp(clock.now() + WAIT)
    assert (first["state"], first["ready"]) == ("asked", None)
    assert (second["state"], second["ready"]) == ("running", opens)
    early = run(home, "recover", "finish", record)
    assert early.status == 1
    assert opens in early.err
    clock.move(WAIT)
    ended = answer(home, "recover", "finish", record)

    assert {each["controller"] for each in second["wishes"]} == {ended["controller"]}
    assert answer(home, "recover", "status", record)["state"] == "none"
    answer(home, "open", record, *opening("laboratory", tmp_path / "own"))
    answer(home, "open", record, *opening("laboratory", tmp_path / "read", reader="clinic"))
    assert answer(home, "revoke", given)["state"] == "ended"
    assert answer(home, "index", "rebuild") == {"differences": []}


def test_income_follows_who_recovered_the_record(market: Market) -> None:
    market.subscribe(market.offer("", "--price", "laboratory=4/day"), "institute")
    market.wait(days=20)
    market.says("settle", market.record)
    old, earned = _controller(market), market.owed("patient")
    for name in GUARDIANS:
        market.says("invite", name)
    market.says("guardians", market.record, "--set", ",".join(GUARDIANS), "--threshold", "2")
    for name in GUARDIANS[:2]:
        market.says("recover", "open", market.record, "--by", name)
    market.wait(hours=72)
    market.says("recover", "finish", market.record)
    with open_node(market.home) as node:
        account = subject_account(node, record_from_text(market.record))
        with pytest.raises(BadSignature):
            withdraw(node, account=account, to=old.address, amount=None, by=old)
    paid = market.says("withdraw", "--record", market.record, "--to", "research")

    assert 0 < earned < paid["units"]


def _controller(market: Market) -> SigningKey:
    with open_node(market.home) as node, node.reading() as session:
        return controller(session, record_from_text(market.record))


def test_the_patient_who_lost_nothing_vetoes(kept: tuple[Path, str], clock: ManualClock) -> None:
    home, record = kept
    for name in GUARDIANS[:2]:
        answer(home, "recover", "open", record, "--by", name)
    assert refusal(home, "rotate", record) == "consent/recovery-pending"
    answer(home, "recover", "cancel", record)
    clock.move(WAIT)

    assert refusal(home, "recover", "finish", record) == "consent/nothing-pending"
    assert answer(home, "rotate", record)["record"] == record


def test_a_guardian_objects_to_a_change_that_waits(kept: tuple[Path, str]) -> None:
    home, record = kept
    changed = answer(home, "guardians", record, "--set", "mother", "--threshold", "1")
    stopped = answer(home, "guardians", record, "--object", "--by", "brother")

    assert changed["waiting"]["guardians"] == ["mother"]
    assert sorted(changed["guardians"]) == sorted(stopped["guardians"]) == sorted(GUARDIANS)
    assert stopped["waiting"] is None
    assert refusal(home, "guardians", record, "--object") == "consent/nothing-pending"


def test_only_guardians_ask_and_each_once(kept: tuple[Path, str]) -> None:
    home, record = kept
    answer(home, "recover", "open", record, "--by", "mother")

    assert refusal(home, "recover", "open", record, "--by", "mother") == "consent/same-signer"
    assert refusal(home, "recover", "open", record, "--by", "clinic") == "consent/not-guardian"
    assert refusal(home, "recover", "open", record, "--by", "nobody") == "identity/unknown-party"


def test_a_delegate_is_appointed_listed_and_dismissed(
    kept: tuple[Path, str], clock: ManualClock
) -> None:
    home, record = kept
    until = (clock.now() + timedelta(days=90)).date().isoformat()
    asked = ("delegate", record, "--to", "brother", "--until", until)
    given = answer(home, *asked, "--powers", "read,notify")
    assert given["powers"] == ["read", "notify"]
    assert refusal(home, *asked, "--powers", "own") == "consent/unknown-power"
    (listed,) = answer(home, "delegates", record)
    assert (listed["delegate"], listed["active"]) == ("brother", True)
    clock.move(timedelta(days=92))
    (over,) = answer(home, "delegates", record)
    assert not over["active"]
    answer(home, "dismiss", record, "brother")

    assert answer(home, "delegates", record) == []
    assert refusal(home, "dismiss", record, "brother") == "consent/unknown-delegate"


@pytest.mark.parametrize("name", ["", "../mother", "x" * 41])
def test_a_guardian_without_a_name_is_not_invited(kept: tuple[Path, str], name: str) -> None:
    assert refusal(kept[0], "invite", name) == "identity/unknown-party"
