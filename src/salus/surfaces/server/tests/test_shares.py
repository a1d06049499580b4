"""More of sharing: what is sensitive, conditions, several keys, replacing, ending all, the file."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.work import catch_up
from salus.rights.consent.authority.codes import address_in
from salus.rights.consent.ledger import account_of
from salus.rights.consent.rules import Rule, set_rule
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.records.service import units_of
from tests.support.portal import PASSWORD, Opened, Visitor, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("shares") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


def values_of(portal: Opened, **changed: str) -> dict[str, str]:
    return {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=7)).date().isoformat(),
    } | changed


def signs(owner: Visitor, values: dict[str, str]) -> str:
    owner.get("/app/share")
    return owner.follow(owner.post("/app/share", values | {"step": "sign"})).text


def reads(portal: Opened, section: str) -> bool:
    wish = Wish(record_text(portal.record), section, "clinic")
    try:
        return bool(open_wished(portal.node, portal.home, wish, step=lambda _: None).units)
    except NotPermitted:
        return False


def test_everything_that_is_signed_stands_in_the_sentence(portal: Opened, owner: Visitor) -> None:
    owner.get("/app/share")
    values = values_of(portal, sensitive="yes", reads="3", condition="organization")
    review = owner.post("/app/share", values).text
    assert "marked as sensitive is shared as well" in review
    assert "It may be read 3 times." in review
    assert "only while the reader is a member" in review
    owner.get("/app/share")
    assert owner.post("/app/share", values | {"reads": "many"}).status_code == 422
    assert owner.post("/app/share", values | {"condition": "luck"}).status_code == 422
    assert "Signed" in signs(owner, values)
    assert [reads(portal, "laboratory") for _ in range(4)] == [True, True, True, False]


def test_a_share_that_is_replaced_ends_when_the_new_one_begins(
    portal: Opened, owner: Visitor
) -> None:
    page = owner.get("/app/shares").text
    assert page.count("/end") >= 1
    link = re.search(r'href="(/app/share\?replaces=(0x[0-9a-f]{64}))"', page)
    assert link is not None
    form = owner.get(link[1]).text
    assert 'value="laboratory" checked' in form
    assert 'value="clinic" selected' in form
    signs(owner, values_of(portal, sections="medications", replaces=link[2]))
    after = owner.get("/app/shares").text
    assert f"/{link[2]}/end" not in after
    assert reads(portal, "medications")
    stranger = portal.patient("A stranger")
    assert stranger.get(link[1]).status_code == 404


def test_a_refusal_that_clashes_is_said_before_the_signature(
    portal: Opened, owner: Visitor
) -> None:
    owner.get("/app/refuse")
    refusal = values_of(portal, sections="allergies", purpose="*", step="sign")
    owner.post("/app/refuse", refusal)
    catch_up(portal.node)  # the gateway is told, as a served portal does each second
    owner.get("/app/share")
    clash = owner.post("/app/share", values_of(portal, sections="allergies"))
    assert "a refusal is stronger" in clash.text
    owner.get("/app/share")
    assert "a refusal is stronger" not in owner.post("/app/share", values_of(portal)).text


def test_a_file_for_the_reader_names_what_it_opens(portal: Opened, owner: Visitor) -> None:
    page = owner.get("/app/shares").text
    link = re.search(r'href="(/app/shares/[^"]*/file)"', page)
    assert link is not None
    made = json.loads(owner.get(link[1]).text)
    assert made["terms"]["clause"]["readers"]
    assert portal.patient("Another").get(link[1]).status_code == 404


def decided_with(portal: Opened, other: Visitor) -> None:
    """From now on the owner and somebody else decide about illnesses together."""
    code = re.search(r"<code>([0-9A-Z-]{44})</code>", other.get("/app/people").text)
    assert code is not None
    address = address_in(code[1])
    assert address is not None
    root = accounts.sign_in(portal.node, name="Wang Lan", password=PASSWORD).root
    with portal.node.reading() as session:
        units = [unit.id for unit in units_of(session, portal.record, ["problems"])]
    seats = (account_of(portal.node, portal.record), address)
    set_rule(
        portal.node,
        record=portal.record,
        units=units,
        rule=Rule(2, seats),
        by=Wallet(root).controller(portal.record),
    )


def test_what_several_decide_waits_for_the_other_and_then_opens(
    portal: Opened, owner: Visitor
) -> None:
    mother = portal.patient("Mother")
    decided_with(portal, mother)
    values = values_of(portal, sections="problems")
    owner.get("/app/share")
    assert "It begins when 2 of these have signed" in owner.post("/app/share", values).text
    assert "waits for others to agree" in signs(owner, values)
    assert not reads(portal, "problems")

    assert "decision needs your signature" in mother.get("/app/home").text
    listed = mother.get("/app/approvals").text
    assert "I allow clinic to read Illnesses" in listed
    way = re.search(r'href="(/app/approvals/0x[0-9a-f]{64})"', listed)
    assert way is not None
    assert portal.patient("Uninvited").get(way[1]).status_code == 404
    mother.get(way[1])
    assert "it is in force" in mother.follow(mother.post(way[1])).text
    assert reads(portal, "problems")
    assert mother.get(way[1]).status_code == 404

    signs(owner, values)
    listed = mother.get("/app/approvals").text
    way = re.search(r'href="(/app/approvals/0x[0-9a-f]{64})"', listed)
    assert way is not None
    mother.get(way[1])
    assert "It has ended for ever" in mother.follow(mother.post(f"{way[1]}/decline")).text


def test_all_shares_end_after_a_sentence(portal: Opened, owner: Visitor) -> None:
    way = f"/app/shares/{record_text(portal.record)}/end"
    assert "for ever" in owner.get(way).text
    assert "All of them have ended" in owner.follow(owner.post(way)).text
    assert not reads(portal, "medications")
    assert not reads(portal, "problems")
