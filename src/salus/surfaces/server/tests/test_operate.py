"""Whoever runs the node sees its parts and jobs, and nobody else does; policies are read-only."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.platform.database import worktable
from salus.platform.web.portal import Role
from salus.platform.work import Work, enqueue
from tests.support.portal import Opened, Visitor, opened

OPERATE = "/app/operate"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("operate") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def operator(portal: Opened) -> Visitor:
    return portal.staff("Operator", "hospital", Role.OPERATOR)


def number_of(portal: Opened, name: str) -> int:
    with portal.node.reading() as session:
        rows = worktable.listed(session, portal.clock.now(), most=100)
    return next(row.number for row in rows if row.name == name)


def test_parts_and_versions_are_shown(operator: Visitor) -> None:
    shown = operator.get(OPERATE).text
    assert "Custody is not independent." in shown
    for part in ("Ledger", "Database", "Vault", "Disk", "Key holders"):
        assert part in shown
    assert "<dt>Salus</dt>" in shown
    assert "All parts are well" in operator.get("/app/home").text


def test_a_job_that_waits_can_run_now(portal: Opened, operator: Visitor) -> None:
    later = portal.clock.now() + timedelta(days=3)
    with portal.node.sessions() as session, session.begin():
        enqueue(Work(portal.node, session), "test.secret", run_at=later, patient="Wang Lan")
    shown = operator.get(OPERATE).text
    assert "test.secret" in shown
    assert "Wang Lan" not in shown
    number = number_of(portal, "test.secret")
    path = f"{OPERATE}/jobs/{number}/run"
    hastened = operator.post(path)
    assert "It runs with the next beat." in operator.follow(hastened).text
    assert f"jobs/{number}/run" not in operator.page
    gone = operator.post(f"{OPERATE}/jobs/999999/run", once="another")
    assert "It runs already, or is done." in operator.follow(gone).text
    assert operator.post(f"{OPERATE}/jobs/-1/run", once="third").status_code == 404


def test_nobody_else_operates(portal: Opened) -> None:
    other = portal.staff("Their Operator", "clinic", Role.OPERATOR)
    assert other.get(OPERATE).status_code == 404
    assert other.post(f"{OPERATE}/jobs/1/run").status_code == 404
    assert "All parts are well" not in other.get("/app/home").text
    doctor = portal.staff("Dr No", "hospital", Role.CLINICIAN)
    assert doctor.get(OPERATE).status_code == 403
    assert portal.visitor().get(OPERATE).status_code == 303


def test_policies_are_read_in_both_languages(portal: Opened) -> None:
    chief = portal.staff("Chief", "hospital", Role.ADMINISTRATOR)
    shown = chief.get("/app/admin/policies").text
    assert "Nothing was published" in shown
    assert 'lang="zh-Hans"' in shown
    assert "I allow {readers} to read {sections}" in shown
    assert portal.staff("Dr Not", "hospital", Role.DESK).get("/app/admin/policies").status_code == (
        403
    )
