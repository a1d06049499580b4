"""The clinic at the portal: finding a patient, reading what is shared, writing, inviting."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.platform.work import catch_up
from salus.surfaces.demo.patients import patient as made_up
from tests.support.portal import Opened, Visitor, opened, signed_in

PATIENTS = "/app/clinic/patients"
FRAGMENT = {"hx-request": "true"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("clinic") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def hospital(portal: Opened) -> Visitor:
    return portal.staff("Dr Hospital", "hospital", Role.CLINICIAN)


@pytest.fixture(scope="module")
def clinic(portal: Opened) -> Visitor:
    return portal.staff("Dr Clinic", "clinic", Role.CLINICIAN)


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


def page_of(portal: Opened) -> str:
    return f"{PATIENTS}/{record_text(portal.record)}"


def share(portal: Opened, owner: Visitor, *sections: str, reader: str = "clinic") -> None:
    owner.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": reader,
        "sections": list(sections),
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=5)).date().isoformat(),
        "step": "sign",
    }
    assert owner.post("/app/share", values).status_code == 303
    portal.node.follow()


def end_all(portal: Opened, owner: Visitor) -> None:
    owner.get("/app/shares")
    path = f"/app/shares/{record_text(portal.record)}/end"
    assert owner.post(path).status_code == 303


def bundle(number: int = 1) -> dict[str, object]:
    found: dict[str, object] = json.loads(made_up(number))
    return found


def file(content: object) -> dict[str, tuple[str, bytes]]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"file": ("bundle.json", raw)}


def test_a_stranger_sees_the_same_page_for_withheld_and_absent(
    portal: Opened, clinic: Visitor
) -> None:
    withheld = clinic.get(page_of(portal))
    absent = clinic.get(f"{PATIENTS}/{'0' * 32}")
    assert (withheld.status_code, absent.status_code) == (404, 404)
    assert strip(withheld.text) == strip(absent.text)
    assert clinic.get(f"{page_of(portal)}/part/laboratory").status_code == 404


def strip(page: str) -> str:
    return re.sub(r'name="next" value="[^"]*"', "", page)


def test_a_clinic_reads_what_is_shared_and_nothing_else(
    portal: Opened, owner: Visitor, clinic: Visitor
) -> None:
    share(portal, owner, "laboratory", "vital-signs")
    shown = clinic.get(page_of(portal)).text
    assert "<h2>Laboratory</h2>" in shown
    assert "<h2>Vital signs</h2>" in shown
    assert "Medicines" not in shown
    assert "Shared with clinic for treatment until" in shown
    assert page_of(portal) in clinic.get(PATIENTS).text
    assert "Ends within a week" in clinic.get("/app/home").text
    assert clinic.get(f"{page_of(portal)}/part/laboratory").status_code == 200
    assert clinic.get(f"{page_of(portal)}/part/medications").status_code == 404
    assert "clinic" in owner.get("/app/looks").text
    end_all(portal, owner)


def test_an_open_page_empties_when_the_share_ends(
    portal: Opened, owner: Visitor, clinic: Visitor
) -> None:
    share(portal, owner, "laboratory")
    watch = re.search(r'hx-get="([^"]+)"', clinic.get(page_of(portal)).text)
    assert watch is not None
    assert not clinic.get(watch[1], **FRAGMENT).text.strip()
    end_all(portal, owner)
    emptied = clinic.get(watch[1], **FRAGMENT).text
    assert 'id="shared" hx-swap-oob="true"' in emptied
    assert clinic.get(page_of(portal)).status_code == 404
    assert clinic.get(watch[1]).status_code == 303


def test_a_page_that_watches_keeps_nobody_signed_in(portal: Opened, owner: Visitor) -> None:
    who = portal.staff("Dr Tired", "clinic", Role.CLINICIAN)
    path = f"{page_of(portal)}/now?shown=-"
    for _ in range(4):
        portal.clock.move(timedelta(minutes=4))
        answer = who.get(path, **FRAGMENT)
    assert answer.headers["location"].startswith("/app/login")


def test_a_refusal_is_stronger_than_a_share_and_shows_nothing(
    portal: Opened, owner: Visitor, clinic: Visitor
) -> None:
    again((owner, "Wang Lan"), (clinic, "Dr Clinic"))
    share(portal, owner, "laboratory", "vital-signs")
    owner.get("/app/refuse")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": ["laboratory"],
        "until": (portal.clock.now() + timedelta(days=5)).date().isoformat(),
        "purpose": "TREAT",
        "step": "sign",
    }
    refused = owner.post("/app/refuse", values)
    assert refused.status_code == 303, refused.text
    portal.node.follow()
    catch_up(portal.node)  # the gateway is told what the refusal says
    shown = clinic.get(page_of(portal)).text
    assert "Vital signs" in shown
    assert "Laboratory" not in shown
    assert "Laboratory" not in clinic.get(PATIENTS).text
    end_all(portal, owner)


def again(*visitors: tuple[Visitor, str]) -> None:
    """Sign in once more after the clock was moved."""
    for who, name in visitors:
        signed_in(who, name)


def test_another_role_is_not_let_in(portal: Opened) -> None:
    who = portal.staff("A Clerk", "hospital", Role.DESK)
    assert who.get(PATIENTS).status_code == 403
    assert portal.visitor().get(PATIENTS).status_code == 303
    stranger = portal.staff("Dr Elsewhere", "clinic", Role.CLINICIAN)
    for path in ("new", f"{record_text(portal.record)}/add"):
        assert stranger.get(f"{PATIENTS}/{path}").status_code == 404


def test_a_search_shows_what_agrees_and_nothing_else(portal: Opened) -> None:
    who = portal.staff("Dr Search", "hospital", Role.CLINICIAN)
    known = next(
        entry["resource"]
        for entry in bundle()["entry"]  # type: ignore[attr-defined]
        if entry["resource"]["resourceType"] == "Patient"
    )
    name = known["name"][0]
    values = {"family": name["family"], "given": name["given"][0], "born": known["birthDate"]}
    who.get(PATIENTS)
    found = who.post(PATIENTS, values | {"sex": known.get("gender", "")})
    assert page_of(portal) in found.text
    unknown = who.post(PATIENTS, values | {"family": "Nobody", "born": "1901-01-01"})
    assert "No match" in unknown.text
    bad = who.post(PATIENTS, {"family": "", "born": "yesterday"})
    assert bad.status_code == 422
    assert "Please fill this in." in bad.text


def test_a_new_patient_is_registered_once(portal: Opened) -> None:
    who = portal.staff("Dr New", "hospital", Role.CLINICIAN)
    who.get(f"{PATIENTS}/new")
    once = who.hidden("once")
    taken = who.post(f"{PATIENTS}/new", files=file(made_up(2)), once=once)
    assert taken.status_code == 303, taken.text
    twice = who.post(f"{PATIENTS}/new", files=file(made_up(2)), once=once)
    assert twice.headers["location"] == taken.headers["location"]
    who.follow(taken)
    assert "Registered." in who.page
    assert "Nothing is shared for treatment." in who.page
    known = who.get(f"{PATIENTS}/new") and who.post(f"{PATIENTS}/new", files=file(made_up(2)))
    assert known.status_code == 409
    assert "This patient has a record here already." in known.text


def test_a_file_with_faults_is_shown_and_not_taken(portal: Opened) -> None:
    who = portal.staff("Dr Faults", "hospital", Role.CLINICIAN)
    who.get(f"{PATIENTS}/new")
    broken = bundle(3)
    for entry in broken["entry"]:  # type: ignore[attr-defined]
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["status"] = "<script>alert(1)</script>"
            entry["resource"].pop("code")
    answer = who.post(f"{PATIENTS}/new", files=file(broken))
    assert answer.status_code == 422
    assert "What is wrong in the file" in answer.text
    assert "Observation.code" in answer.text
    assert "<script>alert" not in answer.text
    for raw in (b"\x00\xff\x00binary", b"{}", b"[", b"%PDF-1.7"):
        assert who.post(f"{PATIENTS}/new", files=file(raw)).status_code in {400, 422}
    assert who.post(f"{PATIENTS}/new").status_code == 422


def test_a_file_of_another_patient_is_refused(portal: Opened) -> None:
    who = portal.staff("Dr Other", "hospital", Role.CLINICIAN)
    who.get(f"{page_of(portal)}/add")
    refused = who.post(f"{page_of(portal)}/add", files=file(made_up(4)))
    assert refused.status_code == 422
    assert "This file is about another patient." in refused.text


def test_the_next_version_is_written(portal: Opened) -> None:
    who = portal.staff("Dr Next", "hospital", Role.CLINICIAN)
    more = bundle()
    for entry in more["entry"]:  # type: ignore[attr-defined]
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["note"] = [{"text": "seen again"}]
            break
    who.get(f"{page_of(portal)}/add")
    added = who.post(f"{page_of(portal)}/add", files=file(more))
    assert added.status_code == 303, added.text
    assert "It has 2 versions" in who.follow(added).text


def test_an_invitation_is_shown_once_and_works(portal: Opened) -> None:
    who = portal.staff("Dr Invite", "hospital", Role.CLINICIAN)
    who.get(f"{PATIENTS}/new")
    taken = who.post(f"{PATIENTS}/new", files=file(made_up(5)))
    path = taken.headers["location"]
    who.get(f"{path}/invite")
    made = who.post(f"{path}/invite")
    code = re.search(r"<code>([0-9A-Z-]+)</code>", made.text)
    assert code is not None
    patient = portal.patient("Invited One")
    patient.get("/app/invitation")
    accepted = patient.post("/app/invitation", {"code": code[1]})
    assert accepted.headers["location"] == "/app/record"
    assert "has the control of this record already" in who.get(f"{path}/invite").text
    late = who.post(f"{path}/invite")
    assert late.status_code == 404
    assert "<code>" not in late.text
