"""A part that others must sign each time it is opened, from the clinic's question to the page."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from salus.kernel.ids import record_text
from salus.platform.notices import Kind
from salus.platform.web.portal import Role
from salus.platform.work import Work, catch_up
from salus.rights.consent.authority.codes import address_in
from salus.rights.custody.erasure.service import erase_keys
from salus.rights.custody.joint.tables import JointAnswerRow, JointReadRow
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.notices.service import notices
from tests.support.portal import PASSWORD, Opened, Visitor, opened

READ = r'"(/app/reads/[0-9a-f]{32})"'


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("joint") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    """Whose laboratory values open for the clinic when two of three sign each time."""
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def helpers(portal: Opened, owner: Visitor) -> list[Visitor]:
    found = [portal.patient(name) for name in ("Mother", "Brother")]
    rules = f"/app/rules/{record_text(portal.record)}/new"
    values: dict[str, str | list[str]] = {"threshold": "2", "patient": "yes", "each": "yes"}
    for seat, (who, name) in enumerate(zip(found, ("Mother", "Brother"), strict=True), 1):
        values |= {f"name{seat}": name, f"code{seat}": code_of(who)}
    owner.get(rules)
    review = owner.post(rules, values | {"sections": ["laboratory"]})
    assert "have signed, each time anew: I, Mother, Brother." in review.text
    made = owner.post(rules, values | {"sections": ["laboratory"], "step": "sign"})
    assert "They sign each time that somebody opens it." in owner.follow(made).text
    owner.get("/app/share")
    owner.post("/app/share", share(portal) | {"step": "sign"})
    approve = link(r'"(/app/approvals/0x[0-9a-f]{64})"', found[0].get("/app/approvals").text)
    found[0].get(approve)
    assert "it is in force" in found[0].follow(found[0].post(approve)).text
    return found


@pytest.fixture(scope="module")
def clinician(portal: Opened, helpers: list[Visitor]) -> Visitor:
    assert helpers
    return portal.staff("Dr. Lee", "clinic", Role.CLINICIAN)


def share(portal: Opened) -> dict[str, str]:
    return {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=7)).date().isoformat(),
    }


def code_of(who: Visitor) -> str:
    code = link(r"<code>([0-9A-Z-]{44})</code>", who.get("/app/people").text)
    assert address_in(code) is not None
    return code


def link(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


def patient_of(portal: Opened) -> str:
    return f"/app/clinic/patients/{record_text(portal.record)}"


def asks(portal: Opened, clinician: Visitor) -> str:
    """The page of what the clinician asks for."""
    clinician.get(patient_of(portal))
    answer = clinician.post(f"{patient_of(portal)}/reads", {"part": "laboratory"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def signs(who: Visitor) -> str:
    """What is said after a signature."""
    way = link(READ, who.get("/app/reads").text)
    who.get(way)
    return who.follow(who.post(way)).text


def told(portal: Opened, name: str) -> list[tuple[Kind, str]]:
    account = accounts.sign_in(portal.node, name=name, password=PASSWORD).account
    with portal.node.reading() as session:
        return [(each.kind, each.path) for each in notices(session, account)]


def test_the_part_opens_once_when_two_of_three_have_signed(
    portal: Opened, owner: Visitor, helpers: list[Visitor], clinician: Visitor
) -> None:
    page = clinician.get(patient_of(portal)).text
    assert "Others must sign each time that this part is opened." in page
    assert "<table" not in page
    assert "Laboratory" in clinician.get("/app/clinic/patients").text
    read = asks(portal, clinician)
    assert "0 of 2 have signed so far." in clinician.get(read).text
    assert asks(portal, clinician) == read
    assert (Kind.APPROVAL, "/app/reads") in told(portal, "Brother")
    assert "for some minutes only" in helpers[1].get("/app/home").text

    assert clinician.post(read).status_code == 409
    assert "It waits for others still." in signs(helpers[1])
    assert "Nobody waits for your signature now." in helpers[1].get("/app/reads").text
    assert clinician.post(read).status_code == 409
    assert "1 of 2 have signed so far." in clinician.get(read).text

    way = link(READ, owner.get("/app/reads").text)
    review = owner.get(way).text
    assert "clinic may open Laboratory of my record once, for treatment." in review
    assert "enough have" in owner.follow(owner.post(way)).text
    assert "Nobody waits for your signature now." in helpers[0].get("/app/reads").text
    assert helpers[0].get(way).status_code == 404

    assert "Open it once" in clinician.get(read).text
    opened_page = clinician.post(read)
    assert opened_page.status_code == 200
    assert "Hemoglobin" in opened_page.text
    again = clinician.post(read)
    assert again.status_code == 409
    assert "Hemoglobin" not in again.text
    assert "This is over" in clinician.get(read).text
    assert "clinic" in owner.get("/app/looks").text


def test_a_signature_counts_once_and_only_that_of_an_approver(
    portal: Opened, helpers: list[Visitor], clinician: Visitor
) -> None:
    read = asks(portal, clinician)
    way = link(READ, helpers[0].get("/app/reads").text)
    assert portal.patient("A stranger").get(way).status_code == 404
    helpers[0].get(way)
    token = helpers[0].hidden("once")
    first, second = (helpers[0].post(way, once=token) for _ in range(2))
    assert first.status_code == second.status_code == 303
    helpers[0].get("/app/settings")
    assert helpers[0].post(way).status_code == 404
    assert "1 of 2 have signed so far." in clinician.get(read).text
    others = portal.staff("Dr. Kim", "clinic", Role.CLINICIAN)
    assert others.get(read).status_code == 404
    assert others.post(read).status_code == 404


def test_who_declines_leaves_too_few(
    portal: Opened, owner: Visitor, helpers: list[Visitor], clinician: Visitor
) -> None:
    """The read of the test before has one signature; both others decline."""
    read = asks(portal, clinician)
    for who in (owner, helpers[1]):
        way = link(READ, who.get("/app/reads").text)
        who.get(way)
        assert "Nothing is signed." in who.follow(who.post(f"{way}/decline")).text
    assert "It was declined." in clinician.get(read).text
    assert clinician.post(read).status_code == 409
    assert asks(portal, clinician) != read


def test_a_read_is_over_after_five_minutes(
    portal: Opened, owner: Visitor, helpers: list[Visitor], clinician: Visitor
) -> None:
    read = asks(portal, clinician)
    way = link(READ, owner.get("/app/reads").text)
    signs(helpers[0])
    owner.get(way)
    portal.clock.move(timedelta(minutes=5))
    portal.node.ledger.advance()
    assert owner.post(way).status_code == 404
    assert "This is over" in clinician.get(read).text
    assert clinician.post(read).status_code == 409


def test_a_part_that_is_not_shared_that_way_is_not_there(
    portal: Opened, clinician: Visitor
) -> None:
    clinician.get(patient_of(portal))
    for part in ("medications", "no-such", ""):
        answer = clinician.post(f"{patient_of(portal)}/reads", {"part": part})
        assert answer.status_code == 404


def test_what_the_owner_ends_meanwhile_opens_no_more(
    portal: Opened, owner: Visitor, helpers: list[Visitor], clinician: Visitor
) -> None:
    read = asks(portal, clinician)
    assert "waits for others" in signs(helpers[0])
    assert "enough have" in signs(owner)
    assert "Open it once" in clinician.get(read).text
    end = link(r'"(/app/shares/[^"]*/end)"', owner.get("/app/shares").text)
    owner.get(end)
    assert owner.post(end, {"step": "sign"}).status_code == 303
    portal.node.follow()
    assert clinician.post(read).status_code == 404
    assert clinician.get(read).status_code == 404
    assert "Nobody waits for your signature now." in helpers[1].get("/app/reads").text
    assert kept(portal) == (True, True)
    with portal.node.sessions() as session:
        erase_keys(Work(portal.node, session), portal.record)
        assert session.scalars(select(JointReadRow)).all() == []
        assert session.scalars(select(JointAnswerRow)).all() == []
        session.rollback()
    portal.clock.move(timedelta(hours=2))
    portal.node.ledger.advance()
    catch_up(portal.node)
    assert kept(portal) == (False, False)


def kept(portal: Opened) -> tuple[bool, bool]:
    """Whether there are reads, and answers to them."""
    with portal.node.reading() as session:
        reads, answers = (
            session.scalars(select(JointReadRow)),
            session.scalars(select(JointAnswerRow)),
        )
        return reads.first() is not None, answers.first() is not None
