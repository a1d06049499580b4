"""A patient takes a record along, once, within an hour, and nobody else does."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from salus.kernel.ids import record_text
from salus.platform.work import catch_up
from salus.rights.custody.exporting import service
from salus.rights.custody.exporting.places import FOLDER
from salus.rights.custody.exporting.tables import ExportRow
from salus.rights.notary.checking import check
from tests.support.portal import PASSWORD, Opened, Visitor, opened, signed_in


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("export") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def who(portal: Opened) -> Visitor:
    return portal.patient("Ada", portal.record)


def made(portal: Opened, who: Visitor) -> str:
    """The address of an export that is ready."""
    who.get("/app/export")
    who.follow(who.post("/app/export"))
    for name in list(service._RUNNING):
        service.finish(name)
    page = who.get("/app/export").text
    assert "It is ready" in page
    return page.split('href="/app/export/', 1)[1].split('"', 1)[0]


def test_the_file_has_pages_originals_and_valid_proofs(portal: Opened, who: Visitor) -> None:
    answer = who.get(f"/app/export/{made(portal, who)}")
    assert answer.headers["content-type"] == "application/zip"
    assert ".zip" in answer.headers["content-disposition"]
    with ZipFile(BytesIO(answer.content)) as file:
        names = file.namelist()
        handle = record_text(portal.record)
        lines = file.read(f"{handle}/laboratory.ndjson").splitlines()
        proofs = [name for name in names if "/proofs/" in name]
        page = file.read(f"{handle}/laboratory.html").decode()
        assert "The record of Ada" in file.read("index.html").decode()
        assert all(check(file.read(name), None).valid for name in proofs)
        sealed = b"".join(file.read(name) for name in names if name.endswith(".ndjson"))
    assert lines[0].startswith(b"{")
    assert len(proofs) == sealed.count(b"\n")
    assert page.count("<tr>") == len(lines) + 1
    assert all(link in names for link in _links(page, handle))


def _links(page: str, handle: str) -> list[str]:
    found = [part.split('"', 1)[0] for part in page.split('<td><a href="../')[1:]]
    assert found
    return found


def test_nothing_of_it_is_readable_on_the_disk(portal: Opened, who: Visitor) -> None:
    address = made(portal, who)
    raw = (portal.home / FOLDER / f"{address}.sealed").read_bytes()
    assert b"PK\x03\x04" not in raw
    assert b"laboratory" not in raw
    assert who.post(f"/app/export/{address}/drop").status_code == 303
    assert not (portal.home / FOLDER / f"{address}.sealed").exists()
    assert who.get(f"/app/export/{address}").status_code == 404


def test_another_patient_finds_nothing(portal: Opened, who: Visitor) -> None:
    address = made(portal, who)
    stranger = portal.patient("Eve")
    assert stranger.get(f"/app/export/{address}").status_code == 404
    stranger.get("/app/export")
    assert stranger.post(f"/app/export/{address}/drop").status_code == 404
    assert stranger.post("/app/export").status_code == 404
    assert who.get(f"/app/export/{address}").status_code == 200


def test_after_an_hour_it_is_gone_and_later_its_file_too(portal: Opened, who: Visitor) -> None:
    address = made(portal, who)
    portal.clock.move(timedelta(minutes=61))
    signed_in(who, "Ada")
    assert who.get(f"/app/export/{address}").status_code == 404
    portal.clock.move(timedelta(hours=1))
    catch_up(portal.node)
    assert not (portal.home / FOLDER / f"{address}.sealed").exists()


def test_the_password_is_asked_for_when_it_was_typed_long_ago(portal: Opened, who: Visitor) -> None:
    signed_in(who, "Ada")
    portal.clock.move(timedelta(minutes=6))
    who.get("/app/export")
    assert who.post("/app/export", {"password": "not it at all"}).status_code == 422
    assert who.post("/app/export", {"password": PASSWORD}).status_code == 303
    for name in list(service._RUNNING):
        service.finish(name)


def test_one_that_a_process_left_is_said_to_have_failed(portal: Opened, who: Visitor) -> None:
    with portal.node.sessions() as session, session.begin():
        now = int(portal.clock.now().timestamp())
        session.add(
            ExportRow(
                id="ab" * 16,
                account=_account(portal, who),
                records=record_text(portal.record),
                begun_at=now,
                beat_at=now,
                until=0,
                total=3,
                done=1,
                size=0,
                error="",
            )
        )
    who.get("/app/export")
    assert who.post("/app/export").status_code == 409
    portal.clock.move(timedelta(minutes=5, seconds=1))
    who.get("/app/export")
    assert "could not be made" in who.page
    assert who.post("/app/export", {"password": PASSWORD}).status_code == 303
    for name in list(service._RUNNING):
        service.finish(name)


def _account(portal: Opened, who: Visitor) -> str:
    from salus.rights.consent.authority.claiming import account_of  # noqa: PLC0415

    with portal.node.reading() as session:
        found = account_of(session, portal.record)
    assert found is not None
    return found
