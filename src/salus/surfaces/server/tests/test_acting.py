"""A delegate acts for a patient: what he sees, what he signs, and when it is over."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.work import catch_up
from salus.rights.consent.authority.codes import address_in
from salus.rights.consent.ledger import account_of
from salus.rights.consent.rules import Rule, set_rule
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.records.service import units_of
from tests.support.portal import PASSWORD, Opened, Visitor, opened, signed_in

MOTHER = "My mother"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("acting") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


def again(portal: Opened, name: str) -> Visitor:
    return signed_in(portal.visitor(), name)


def code_of(who: Visitor) -> str:
    found = re.search(r"<code>([0-9A-Z-]{44})</code>", who.get("/app/people").text)
    assert found is not None
    return found[1]


def appointed(portal: Opened, owner: Visitor, name: str, *powers: str, days: int = 300) -> Visitor:
    """A helper with some powers, signed in."""
    helper = portal.patient(name)
    way = f"/app/people/{record_text(portal.record)}/appoint"
    owner.get(way)
    values = {
        "name": f"Helper {name}",
        "code": code_of(helper),
        "powers": powers,
        "until": (portal.clock.now() + timedelta(days=days)).date().isoformat(),
        "step": "sign",
    }
    owner.follow(owner.post(way, values))
    return helper


def way_to(portal: Opened) -> str:
    return f"/app/people/acting/{record_text(portal.record)}"


def begun(portal: Opened, helper: Visitor) -> Visitor:
    """The helper, acting by now."""
    assert way_to(portal) in helper.get("/app/people").text
    helper.get(way_to(portal))
    page = helper.follow(helper.post(way_to(portal), {"name": MOTHER}))
    assert f"You act for {MOTHER}." in page.text
    return helper


def shares(portal: Opened, who: Visitor, section: str) -> str:
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": section,
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=7)).date().isoformat(),
    }
    assert who.post("/app/share", values).status_code == 200
    return who.follow(who.post("/app/share", values | {"step": "sign"})).text


def test_who_reads_for_somebody_sees_the_record_and_is_seen(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Reader", "read"))
    page = helper.get("/app/record").text
    assert f"The record of {MOTHER}" in page
    assert 'href="/app/record/' in page
    entry = re.search(r'href="(/app/record/[0-9a-f]{32}/entry/[^"]+)"', page)
    assert entry is not None
    assert helper.get(entry[1]).status_code == 200
    assert "Share something" not in page
    assert "Helper Reader" in owner.get("/app/looks").text


def test_what_no_power_opens_is_not_there(portal: Opened, owner: Visitor) -> None:
    helper, stranger = appointed(portal, owner, "Narrow", "read"), portal.patient("Nobody")
    handle = record_text(portal.record)
    closed = (
        *("/app/shares", "/app/share", "/app/refusals", "/app/approvals", "/app/looks"),
        *("/app/earn", "/app/loans", "/app/export", "/app/erase", "/app/people", "/app/care"),
        *("/app/settings", "/app/notices", "/app/emergency", f"/app/shares/{handle}/end"),
        *(f"/app/people/{handle}/guardians", f"/app/people/{handle}/appoint"),
    )
    missing = stranger.get(f"/app/shares/{handle}/end")
    assert missing.status_code == 404
    begun(portal, helper)
    for path in closed:
        assert helper.get(path).status_code == 404, path
    helper.get("/app/home")
    for path in (f"/app/shares/{handle}/end", f"/app/people/{handle}/dismiss", "/app/erase"):
        assert helper.post(path, {"record": handle}).status_code == 404, path
    nav = helper.get("/app/home").text.split('<nav id="nav"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', nav) == ["/app/home", "/app/record"]


def test_who_shares_for_somebody_signs_with_his_own_key(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Sharer", "grant"))
    assert helper.get("/app/record").status_code == 404
    assert "clinic" in shares(portal, helper, "laboratory")
    page = owner.get("/app/shares").text
    assert "clinic" in page
    way = re.search(r'action="(/app/shares/[0-9a-f]{32}/0x[0-9a-f]{64}/end)"', page)
    assert way is not None
    assert way[1] not in helper.get("/app/shares").text
    assert helper.post(way[1]).status_code == 404
    people = owner.get("/app/people").text
    assert "Helper Sharer" in people
    assert "Shared something." in people
    ender = begun(portal, appointed(portal, owner, "Ender", "revoke"))
    ender.get("/app/shares")
    assert "What was read stays read" in ender.follow(ender.post(way[1])).text
    assert "Ended a share." in owner.get("/app/people").text


def test_a_refusal_closes_a_part_to_who_acts_as_well(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Curious", "read"))
    handle = record_text(portal.record)
    assert helper.get(f"/app/record/{handle}/problems").status_code == 200
    owner.get("/app/refuse")
    values = {
        "record": handle,
        "reader": "*",
        "sections": "problems",
        "purpose": "*",
        "until": (portal.clock.now() + timedelta(days=30)).date().isoformat(),
        "step": "sign",
    }
    owner.follow(owner.post("/app/refuse", values))
    catch_up(portal.node)
    assert helper.get(f"/app/record/{handle}/problems").status_code == 404
    page = helper.get("/app/record").text
    assert f"/app/record/{handle}/problems" not in page
    assert f"/app/record/{handle}/laboratory" in page
    assert owner.get(f"/app/record/{handle}/problems").status_code == 200


def test_nobody_acts_for_whom_he_was_not_named(portal: Opened, owner: Visitor) -> None:
    stranger = portal.patient("Stranger")
    assert stranger.get(way_to(portal)).status_code == 404
    stranger.get("/app/people")
    assert stranger.post(way_to(portal), {"name": "x"}).status_code == 404
    told = appointed(portal, owner, "Told", "notify")
    assert way_to(portal) not in told.get("/app/people").text
    assert told.get(way_to(portal)).status_code == 404


def test_own_pages_come_back_with_stop(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Stopping", "read", "grant"))
    old = helper.hidden("csrf")
    page = helper.follow(helper.post("/app/acting/stop"))
    assert f"You act for {MOTHER}" not in page.text
    assert MOTHER not in helper.get("/app/record").text
    assert record_text(portal.record) not in helper.get("/app/shares").text
    assert helper.hidden("csrf") != old
    stale = helper.post("/app/acting/stop", {"csrf": old})
    assert stale.status_code == 403


def test_a_form_begun_for_oneself_does_nothing_for_another(portal: Opened, owner: Visitor) -> None:
    helper = appointed(portal, owner, "Twofold", "grant")
    helper.get("/app/share")
    mine = helper.hidden("csrf")
    begun(portal, helper)
    assert helper.post("/app/share", {"csrf": mine}).status_code == 403


def test_who_is_dismissed_acts_no_more_at_the_next_click(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Dismissed", "read", "grant"))
    helper.get("/app/share")
    people = owner.get("/app/people").text
    card = people.split("Helper Dismissed")[1]
    delegate = re.search(r'name="delegate" value="([0-9a-f]{40})"', card)
    assert delegate is not None
    way = f"/app/people/{record_text(portal.record)}/dismiss"
    owner.follow(owner.post(way, {"delegate": delegate[1]}))
    answer = helper.post("/app/share", {"step": "sign"})
    assert answer.headers["location"] == "/app/home"
    assert f"You do not act for {MOTHER} any more." in helper.follow(answer).text
    assert MOTHER not in helper.get("/app/record").text


def test_acting_ends_with_its_last_day(portal: Opened, owner: Visitor) -> None:
    helper = begun(portal, appointed(portal, owner, "Short", "read", days=2))
    portal.clock.move(timedelta(minutes=20))
    assert helper.get("/app/record").status_code == 200
    portal.clock.move(timedelta(days=4))
    later = again(portal, "Short")
    assert later.get(way_to(portal)).status_code == 404
    assert way_to(portal) not in later.get("/app/people").text


def test_who_agrees_for_somebody_sits_on_the_seat_of_the_patient(
    portal: Opened, owner: Visitor
) -> None:
    owner = again(portal, "Wang Lan")
    mother = portal.patient("Mother")
    address = address_in(code_of(mother))
    assert address is not None
    root = accounts.sign_in(portal.node, name="Wang Lan", password=PASSWORD).root
    with portal.node.reading() as session:
        units = [unit.id for unit in units_of(session, portal.record, ["medications"])]
    seats = (account_of(portal.node, portal.record), address)
    set_rule(
        portal.node,
        record=portal.record,
        units=units,
        rule=Rule(2, seats),
        by=Wallet(root).controller(portal.record),
    )
    portal.node.follow()
    asker = begun(portal, appointed(portal, owner, "Asker", "grant"))
    assert "waits for others to agree" in shares(portal, asker, "medications")
    agreeing = begun(portal, appointed(portal, owner, "Agreeing", "approve"))
    page = agreeing.get("/app/approvals").text
    assert f"About the record of {MOTHER}" in page
    way = re.search(r'href="(/app/approvals/0x[0-9a-f]{64})"', page)
    assert way is not None
    assert asker.get(way[1]).status_code == 404
    agreeing.get(way[1])
    assert "waits for others still" in agreeing.follow(agreeing.post(way[1])).text
    mother.get(way[1])
    assert "it is in force" in mother.follow(mother.post(way[1])).text
    assert "Agreed to something that several decide." in owner.get("/app/people").text
