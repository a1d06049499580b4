"""A part of a record that opens only when several people sign, at the portal."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from tests.support.portal import Opened, Visitor, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("ruling") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def helpers(portal: Opened) -> list[Visitor]:
    return [portal.patient(name) for name in ("Mother", "Brother")]


def code_of(who: Visitor) -> str:
    found = re.search(r"<code>([0-9A-Z-]{44})</code>", who.get("/app/people").text)
    assert found is not None
    return found[1]


def typed(helpers: list[Visitor], **other: str) -> dict[str, str | list[str]]:
    values: dict[str, str | list[str]] = {"threshold": "2", "patient": "yes"}
    for seat, (who, name) in enumerate(zip(helpers, ("Mother", "Brother"), strict=True), 1):
        values |= {f"name{seat}": name, f"code{seat}": code_of(who)}
    return values | {"sections": ["laboratory"]} | other


def way(portal: Opened) -> str:
    return f"/app/rules/{record_text(portal.record)}/new"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sections", "no-such"),
        ("code2", "0000"),
        ("name1", ""),
        ("threshold", "4"),
        ("threshold", "0"),
    ],
)
def test_a_bad_field_is_marked_and_no_rule_is_made(
    portal: Opened, owner: Visitor, helpers: list[Visitor], field: str, value: str
) -> None:
    values = typed(helpers, **{field: value}, step="sign")
    owner.get(way(portal))
    answer = owner.post(way(portal), values)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "No part of your record is under a rule." in owner.get("/app/rules").text


def test_one_person_twice_is_one_person(
    portal: Opened, owner: Visitor, helpers: list[Visitor]
) -> None:
    values = typed(helpers)
    owner.get(way(portal))
    answer = owner.post(way(portal), values | {"code2": str(values["code1"])})
    assert answer.status_code == 422
    assert "named twice" in answer.text


def test_a_share_waits_for_two_of_three_and_so_does_the_end_of_the_rule(
    portal: Opened, owner: Visitor, helpers: list[Visitor]
) -> None:
    owner.get(way(portal))
    review = owner.post(way(portal), typed(helpers))
    assert "only when 2 of these have signed: I, Mother, Brother." in review.text
    signed = owner.post(way(portal), typed(helpers) | {"step": "sign"})
    assert "2 of these must sign: You, Mother, Brother." in owner.follow(signed).text
    assert 'value="laboratory"' not in owner.get(way(portal)).text

    owner.get("/app/share")
    until = (portal.clock.now() + timedelta(days=7)).date().isoformat()
    share = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": until,
    }
    assert "It begins when 2 of these have signed" in owner.post("/app/share", share).text
    owner.post("/app/share", share | {"step": "sign"})
    assert not portal.is_read_by_clinic()
    approves(helpers[0])  # the patient signed with the share itself
    assert portal.is_read_by_clinic()
    ends(owner, helpers)


def approves(who: Visitor) -> None:
    found = re.search(r'href="(/app/approvals/0x[0-9a-f]{64})"', who.get("/app/approvals").text)
    assert found is not None
    who.get(found[1])
    assert "it is in force" in who.follow(who.post(found[1])).text


def ends(owner: Visitor, helpers: list[Visitor]) -> None:
    """By the patient, who counts as one of three, and one more."""
    free = re.search(
        r'href="(/app/rules/[0-9a-f]{32}/0x[0-9a-f]{64}/free)"', owner.get("/app/rules").text
    )
    assert free is not None
    assert "shall need no signatures" in owner.get(free[1]).text
    assert "It waits for others still." in owner.follow(owner.post(free[1])).text
    assert owner.post(free[1]).status_code == 409
    named = re.search(r'href="(/app/rules/helping/[^"]+)"', helpers[0].get("/app/rules").text)
    assert named is not None
    helpers[0].get(named[1])
    assert "The rule has ended." in helpers[0].follow(helpers[0].post(named[1])).text
    assert "No part of your record is under a rule." in owner.get("/app/rules").text
    assert helpers[1].get(named[1]).status_code == 404


def test_strangers_find_no_rule(portal: Opened, owner: Visitor, helpers: list[Visitor]) -> None:
    owner.get(way(portal))
    owner.post(way(portal), typed(helpers) | {"step": "sign"})
    found = re.search(r"/app/rules/[0-9a-f]{32}/0x[0-9a-f]{64}", owner.get("/app/rules").text)
    assert found is not None
    rule = found[0].rsplit("/", 1)[1]
    stranger = portal.patient("A stranger")
    for path in (
        way(portal),
        f"{found[0]}/free",
        f"/app/rules/helping/{record_text(portal.record)}/{rule}",
    ):
        assert stranger.get(path).status_code == 404
        stranger.get("/app/rules")
        assert stranger.post(path).status_code == 404
    clinician = portal.staff("Dr Far", "clinic", Role.CLINICIAN)
    assert clinician.get("/app/rules").status_code == 403
