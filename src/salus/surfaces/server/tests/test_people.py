"""The people around a patient at the portal: guardians, delegates, recovery, what needs several."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import Address, record_text
from salus.rights.consent.authority import claiming
from salus.rights.consent.authority.codes import address_in, code_of
from tests.support.portal import Opened, Visitor, opened, signed_in


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("people") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def guardians(portal: Opened) -> list[Visitor]:
    return [portal.patient(name) for name in ("Mother", "Brother", "Doctor")]


def path_of(portal: Opened) -> str:
    return f"/app/people/{record_text(portal.record)}"


def code_on(who: Visitor) -> str:
    found = re.search(r"<code>([0-9A-Z-]{44})</code>", who.get("/app/people").text)
    assert found is not None
    return found[1]


def test_a_mistyped_code_is_noticed() -> None:
    address = Address(b"\1" * 20)
    code = code_of(address)
    assert address_in(code.lower().replace("-", " ")) == address
    for at, char in enumerate(code):
        other = code[:at] + ("7" if char != "7" else "8") + code[at + 1 :]
        assert char == "-" or address_in(other) is None


def test_why_nobody_may_read_is_explained(portal: Opened, owner: Visitor) -> None:
    owner.get("/app/explain")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "section": "laboratory",
        "purpose": "TREAT",
    }
    shown = owner.post("/app/explain", values)
    assert "may not read" in shown.text
    assert "You have not shared it." in shown.text
    assert owner.post("/app/explain", values | {"reader": "no-such"}).status_code == 422


def test_guardians_are_named_in_words_and_then_signed(
    portal: Opened, owner: Visitor, guardians: list[Visitor]
) -> None:
    values = {"threshold": "2"}
    for seat, (who, name) in enumerate(zip(guardians, "ABC", strict=True), 1):
        values |= {f"name{seat}": f"Guardian {name}", f"code{seat}": code_on(who)}
    form = f"{path_of(portal)}/guardians"
    owner.get(form)
    wrong = owner.post(form, values | {"code2": values["code2"][:-1] + "?"})
    assert wrong.status_code == 422
    assert "mistyped" in wrong.text
    assert "Guardian A" in wrong.text
    assert owner.post(form, values | {"threshold": "4"}).status_code == 422
    assert owner.post(form, values | {"code3": values["code1"]}).status_code == 422
    review = owner.post(form, values)
    assert "Guardian A, Guardian B, Guardian C can help me" in review.text
    assert "It holds at once." in review.text
    assert "Nobody yet" in owner.get("/app/people").text
    owner.get(form)
    signed = owner.follow(owner.post(form, values | {"step": "sign"}))
    assert "2 of them together are enough" in signed.text


def test_a_change_of_guardians_waits_and_each_of_them_stops_it(
    portal: Opened, owner: Visitor, guardians: list[Visitor]
) -> None:
    form = f"{path_of(portal)}/guardians"
    owner.get(form)
    page = owner.post(
        form, {"step": "sign", "threshold": "1", "name1": "A", "code1": code_on(guardians[0])}
    )
    assert "From " in owner.follow(page).text
    watched = f"/app/people/guarding/{record_text(portal.record)}"
    assert "Other guardians are to come" in guardians[1].get(watched).text
    stays = guardians[1].follow(guardians[1].post(f"{watched}/object"))
    assert "stay as they are" in stays.text
    assert "Other guardians are to come" not in guardians[1].get(watched).text


def test_who_guards_nothing_finds_no_record(portal: Opened, owner: Visitor) -> None:
    stranger = portal.patient("Stranger")
    watched = f"/app/people/guarding/{record_text(portal.record)}"
    assert stranger.get(watched).status_code == 404
    stranger.get("/app/people")
    assert stranger.post(watched, {"code": code_on(stranger)}).status_code == 404
    assert stranger.post(f"{watched}/object").status_code == 404
    assert stranger.get(f"{path_of(portal)}/guardians").status_code == 404
    assert stranger.get(f"{path_of(portal)}/appoint").status_code == 404


def test_a_helper_is_appointed_until_a_day_and_dismissed(
    portal: Opened, owner: Visitor, guardians: list[Visitor]
) -> None:
    form = f"{path_of(portal)}/appoint"
    owner.get(form)
    values = {
        "name": "My brother",
        "code": code_on(guardians[1]),
        "powers": ["read", "notify"],
        "until": (portal.clock.now() + timedelta(days=30)).date().isoformat(),
    }
    assert owner.post(form, values | {"powers": []}).status_code == 422
    assert "My brother may act for me until" in owner.post(form, values).text
    owner.get(form)
    listed = owner.follow(owner.post(form, values | {"step": "sign"})).text
    assert "<strong>My brother</strong>: read my record, be told what happens" in listed
    assert "You act for the record" in guardians[1].get("/app/people").text
    owner.get("/app/people")
    found = re.search(r'name="delegate" value="([0-9a-f]{40})"', owner.page)
    assert found is not None
    assert owner.post(f"{path_of(portal)}/dismiss", {"delegate": "0" * 40}).status_code == 404
    assert (
        "Nobody acts for you"
        in owner.follow(owner.post(f"{path_of(portal)}/dismiss", {"delegate": found[1]})).text
    )


def test_a_recovery_is_seen_and_stopped_and_then_gives_the_record_to_a_new_wallet(
    portal: Opened, owner: Visitor, guardians: list[Visitor]
) -> None:
    record = record_text(portal.record)
    fresh = portal.patient("Wang Lan again")
    fresh.get("/app/people/regain")
    assert fresh.post("/app/people/regain", {"record": "nonsense"}).status_code == 422
    shown = fresh.post("/app/people/regain", {"record": record}).text
    code = re.findall(r"<code>([0-9A-Z-]{44})</code>", shown)[0]
    watched = f"/app/people/guarding/{record}"
    guardians[0].get(watched)
    assert guardians[0].post(watched, {"code": "0000"}).status_code == 422
    guardians[0].post(watched, {"code": code})
    assert "giving your record to a new key" in owner.get("/app/home").text
    owner.get("/app/people")
    owner.post(f"{path_of(portal)}/recovery/cancel")
    assert "giving your record" not in owner.get("/app/home").text

    guardians[0].get(watched)
    guardians[0].post(watched, {"code": code})
    assert "Somebody waits for you" in guardians[1].get("/app/home").text
    approvals = guardians[1].get("/app/approvals").text
    assert code in approvals
    key = re.findall(r'name="key" value="([0-9a-f]{40})"', approvals)[0]
    guardians[1].post(f"/app/approvals/recovery/{record}", {"key": key})
    fresh.get("/app/people/regain")
    assert fresh.post("/app/people/regain/finish", {"record": record}).status_code == 422
    portal.clock.move(timedelta(hours=73))
    fresh = signed_in(portal.visitor(), "Wang Lan again")
    fresh.get("/app/people/regain")
    done = fresh.post("/app/people/regain/finish", {"record": record})
    assert "The record is yours again" in fresh.follow(done).text
    with portal.node.reading() as session:
        assert claiming.account_of(session, portal.record)
    old = signed_in(portal.visitor(), "Wang Lan")
    assert old.get(f"{path_of(portal)}/guardians").status_code == 404
