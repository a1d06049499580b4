"""The audit at the portal: a privacy office and a regulator look, check, and account."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from tests.support.portal import Opened, Visitor, opened

AUDIT = "/app/privacy/audit"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("audit") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    """She let the clinic read; the clinic did, and asked for more than that."""
    who = portal.patient("Wang Lan", portal.record)
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=5)).date().isoformat(),
        "step": "sign",
    }
    assert who.post("/app/share", values).status_code == 303
    portal.node.follow()
    doctor = portal.staff("Dr Clinic", "clinic", Role.CLINICIAN)
    assert doctor.get(f"/app/clinic/patients/{record_text(portal.record)}").status_code == 200
    return who


@pytest.fixture(scope="module")
def office(portal: Opened, owner: Visitor) -> Visitor:
    return portal.staff("Privacy Li", "privacy", Role.PRIVACY)


def test_a_search_finds_a_read_and_shows_it_once(portal: Opened, office: Visitor) -> None:
    shown = office.get(f"{AUDIT}?purpose=TREAT").text
    assert "1 requests" in shown
    assert "clinic" in shown
    assert "Laboratory" in shown
    path = re.search(rf'href="({AUDIT}/deed/[0-9a-fx]+)"', shown)
    assert path is not None
    deed = office.get(path[1]).text
    assert "What each log wrote" in deed
    assert "gateway" in deed
    assert "No match." in office.get(f"{AUDIT}?purpose=TREAT&outcome=refused").text
    assert "1 requests" in office.get(f"{AUDIT}?record={record_text(portal.record)}").text


def test_days_that_are_none_are_said(office: Visitor) -> None:
    for query in ("from=yesterday", "from=2027-01-09&to=2027-01-01", "record=xyz"):
        assert office.get(f"{AUDIT}?{query}").status_code == 422
    assert office.get(f"{AUDIT}?record={'0' * 32}").status_code == 200
    assert office.get(f"{AUDIT}/deed/0x00").status_code == 404


def test_the_file_is_fhir(office: Visitor) -> None:
    found = office.get(f"{AUDIT}/file?purpose=TREAT")
    assert found.headers["content-disposition"].startswith("attachment")
    assert b'"resourceType":"AuditEvent"' in found.content


def test_an_accounting_names_the_recipient(portal: Opened, office: Visitor) -> None:
    path = f"/app/privacy/accounting/{record_text(portal.record)}"
    shown = office.get(path).text
    assert "clinic" in shown
    assert "for care, its payment or its operation" in shown
    assert b"<html" in office.get(f"{path}?form=file").content
    assert office.get("/app/privacy/accounting/xyz").status_code == 404


def test_nobody_else_sees_the_audit(portal: Opened, owner: Visitor) -> None:
    stranger = portal.staff("No Office", "clinic", Role.PRIVACY)
    stranger.get("/app/home")
    for path in (AUDIT, f"{AUDIT}/file", f"/app/privacy/accounting/{record_text(portal.record)}"):
        assert stranger.get(path).status_code == 404
        assert owner.get(path).status_code == 403
        assert portal.visitor().get(path).status_code == 303
    assert stranger.post(f"{AUDIT}/check").status_code == 404


def test_a_regulator_looks_and_changes_nothing(portal: Opened, office: Visitor) -> None:
    plain = portal.staff("Regulator A", "clinic", Role.REGULATOR)
    assert "Nothing reported" in plain.get("/app/regulator").text
    assert plain.get("/app/regulator/file").status_code == 404
    assert "Every line is as it was written." in plain.post("/app/regulator/check").text
    inside = portal.staff("Regulator B", "privacy", Role.REGULATOR)
    assert "clinic" in inside.get("/app/regulator").text
    assert office.get("/app/regulator").status_code == 403


def test_a_changed_line_is_an_incident(portal: Opened, office: Visitor) -> None:
    office.get(AUDIT)
    assert "Every line is as it was written." in office.post(f"{AUDIT}/check").text
    with sqlite3.connect(portal.home / "keepers" / "gateway" / "store.db") as log:
        log.execute("DROP TRIGGER audit_entry_stays_as_it_is")
        changed = "UPDATE audit_entry SET content = content || ' ' WHERE sequence = 1"
        assert log.execute(changed).rowcount == 1
    office.get(AUDIT)
    broken = office.post(f"{AUDIT}/check").text
    assert "The log of gateway is broken at line 1" in broken
    assert "Every line is as it was written." not in broken
