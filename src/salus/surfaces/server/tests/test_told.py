"""What people are told of: referrals, a record that has changed, complaints, what others sign."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.notices import Kind
from salus.platform.web.portal import Role
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.identity.notices.gathering import gather
from salus.rights.identity.notices.wording import said
from salus.surfaces.demo.patients import patient as made_up
from tests.support.portal import Opened, Visitor, opened

REFERRALS = "/app/clinic/referrals"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("told") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def doctor(portal: Opened) -> Visitor:
    return portal.staff("Dr Family", "hospital", Role.CLINICIAN)


def days(portal: Opened, count: int) -> str:
    return (portal.clock.now() + timedelta(days=count)).date().isoformat()


def count(who: Visitor, kind: Kind) -> int:
    """How many notices of a kind somebody has; each is one sentence and says nothing more."""
    return who.get("/app/notices").text.count(said(kind))


def delegate(portal: Opened, owner: Visitor, name: str, *powers: str) -> Visitor:
    helper = portal.patient(name)
    code = re.search(r"<code>([0-9A-Z-]{44})</code>", helper.get("/app/people").text)
    assert code is not None
    way = f"/app/people/{record_text(portal.record)}/appoint"
    owner.get(way)
    values = {"name": name, "code": code[1], "powers": powers, "until": days(portal, 90)}
    owner.follow(owner.post(way, values | {"step": "sign"}))
    return helper


def test_each_step_of_a_referral_is_told_to_those_who_did_not_take_it(
    portal: Opened, owner: Visitor, doctor: Visitor
) -> None:
    special = portal.staff("Dr Special", "clinic", Role.CLINICIAN)
    desk = portal.staff("Desk", "clinic", Role.DESK)
    doctor.get(f"{REFERRALS}/new")
    values = {
        "record": record_text(portal.record),
        "to": "clinic",
        "sections": "laboratory",
        "reason": "A private matter",
        "deadline": days(portal, 10),
    }
    page = doctor.follow(doctor.post(f"{REFERRALS}/new", values)).text
    gather(portal.node)
    assert [count(each, Kind.REFERRAL) for each in (owner, special, doctor)] == [1, 1, 0]
    found = re.search(rf'href="({REFERRALS}/[0-9a-f]{{64}})">A private matter', page)
    assert found is not None
    special.get(found[1])
    special.follow(special.post(f"{found[1]}/accept"))
    gather(portal.node)
    assert [count(each, Kind.REFERRAL) for each in (owner, special, doctor)] == [2, 1, 1]
    special.get(found[1])
    special.follow(special.post(f"{found[1]}/down", {"title": "Done", "text": "All is well"}))
    doctor.get(found[1])
    doctor.follow(doctor.post(f"{found[1]}/close"))
    gather(portal.node)
    assert gather(portal.node) == 0
    assert [count(each, Kind.REFERRAL) for each in (owner, special, doctor)] == [4, 2, 2]
    assert count(desk, Kind.REFERRAL) == 0
    assert "private matter" not in owner.page


def test_a_record_that_changed_is_told_to_the_patient_and_who_may_be_told(
    portal: Opened, owner: Visitor, doctor: Visitor
) -> None:
    told = delegate(portal, owner, "Daughter", "notify")
    other = delegate(portal, owner, "Neighbour", "read")
    gather(portal.node)
    assert count(owner, Kind.RECORD_CHANGED) == 0
    bundle = json.loads(made_up(1))
    seen = next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation")
    seen["resource"]["note"] = [{"text": "seen again"}]
    way = f"/app/clinic/patients/{record_text(portal.record)}/add"
    doctor.get(way)
    added = doctor.post(way, files={"file": ("bundle.json", json.dumps(bundle).encode())})
    assert added.status_code == 303, added.text
    gather(portal.node)
    gather(portal.node)
    numbers = [count(each, Kind.RECORD_CHANGED) for each in (owner, told, other)]
    assert numbers == [1, 1, 0]


def test_a_complaint_and_its_answer_are_told_with_the_act(portal: Opened, owner: Visitor) -> None:
    office = portal.staff("Officer", "privacy", Role.PRIVACY)
    owner.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": days(portal, 7),
        "step": "sign",
    }
    owner.follow(owner.post("/app/share", values))
    wish = Wish(record_text(portal.record), "laboratory", "clinic")
    open_wished(portal.node, portal.home, wish, step=lambda _: None)
    link = re.search(r'href="(/app/looks/[0-9a-f/]+/complain)"', owner.get("/app/looks").text)
    assert link is not None
    owner.get(link[1])
    owner.follow(owner.post(link[1], {"text": "I never was there"}))
    assert count(office, Kind.REQUEST) == 1
    assert "never was there" not in office.page
    way = re.search(r'href="(/app/privacy/complaints/[0-9a-f]{32})"', office.get("/app/home").text)
    page = office.get("/app/privacy/complaints").text
    way = way or re.search(r'href="(/app/privacy/complaints/[0-9a-f]{32})"', page)
    assert way is not None
    office.get(way[1])
    office.follow(office.post(way[1], {"answer": "We look into it"}))
    assert count(owner, Kind.REQUEST) == 1


def test_what_somebody_signs_for_a_patient_is_told(portal: Opened, owner: Visitor) -> None:
    helper = delegate(portal, owner, "Son", "revoke")
    way = f"/app/people/acting/{record_text(portal.record)}"
    helper.get(way)
    helper.follow(helper.post(way, {"name": "My father"}))
    handle = record_text(portal.record)
    helper.get(f"/app/shares/{handle}/end")
    helper.follow(helper.post(f"/app/shares/{handle}/end"))
    gather(portal.node)
    assert (count(owner, Kind.DELEGATE), count(helper, Kind.DELEGATE)) == (1, 0)


def test_every_kind_that_may_be_muted_can_be_chosen(owner: Visitor) -> None:
    page = owner.get("/app/settings/notices").text
    for kind in (Kind.REFERRAL, Kind.REQUEST, Kind.RECORD_CHANGED, Kind.DELEGATE):
        assert f'value="{kind}"' in page
