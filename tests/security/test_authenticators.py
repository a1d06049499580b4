"""The second thing of staff: required, asked for again, lost, and reset by somebody else only."""

import re
from base64 import b32decode, b32encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from salus.platform.notices import Kind
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.identity.accounts import second, service, totp
from salus.rights.identity.accounts.tables import AccountRow, SpareCodeRow
from salus.rights.identity.notices import service as notices
from salus.rights.identity.tokens import service as tokens
from tests.security.conftest import filled, routes
from tests.support.portal import PASSWORD, Opened, Visitor, opened, signed_in

HERE, OWN = "/app/settings/authenticator", "/app/settings/password"
PEOPLE = "/app/admin/organization"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder: Path = tmp_path_factory.mktemp("authenticators")
    with opened(folder / "home") as made:
        yield made


def bare(portal: Opened, name: str, *roles: Role, party: str = "hospital") -> Visitor:
    """Staff that has a password of its own and no authenticator yet."""
    first = service.add_staff(portal.node, name=name, roles=roles, party=party)
    account = service.sign_in(portal.node, name=name, password=first).account
    service.change_password(portal.node, account, password=PASSWORD, root=b"")
    return signed_in(portal.visitor(), name)


def row_of(portal: Opened, name: str) -> AccountRow:
    with portal.node.reading() as session:
        return session.scalars(select(AccountRow).where(AccountRow.shown == name)).one()


def now(portal: Opened) -> int:
    return int(portal.clock.now().timestamp())


def set_up(portal: Opened, who: Visitor, **more: str) -> tuple[str, list[str]]:
    """The secret and the spare codes of an authenticator that is set up at the page."""
    who.get(HERE)
    secret = who.hidden("secret")
    shown = totp.digits(b32decode(secret), now(portal))
    answer = who.post(HERE, {"secret": secret, "code": shown, "password": PASSWORD} | more)
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<code>([0-9A-Z-]{19})</code>", answer.text)


def entered(portal: Opened, name: str, code: str) -> int:
    who = portal.visitor()
    who.get("/app/login")
    values = {"name": name, "password": PASSWORD, "code": code}
    return who.post("/app/login", values).status_code


# REQUIRED


def test_without_an_authenticator_staff_reaches_nothing_but_the_page_for_it(
    portal: Opened,
) -> None:
    roles = (Role.CLINICIAN, Role.ADMINISTRATOR)
    who, wrong = bare(portal, "Bare", *roles), []
    who.get(HERE)
    for route in routes():
        if not route.roles or route.path in {HERE, OWN} or roles[0] not in route.roles:
            continue
        path = filled(route.path)
        answer = who.get(path) if route.method == "GET" else who.post(path)
        if (answer.status_code, answer.headers.get("location")) != (303, HERE):
            wrong.append(f"{route.method} {route.path}: {answer.status_code}")
    assert not wrong
    assert who.get("/app/home").headers["location"] == HERE
    set_up(portal, who)
    assert who.get("/app/home").status_code == 200


def test_the_first_password_is_changed_before_anything_else(portal: Opened) -> None:
    first = service.add_staff(portal.node, name="New", roles=[Role.CLINICIAN], party="hospital")
    who = signed_in(portal.visitor(), "New", first)
    assert who.get("/app/home").headers["location"] == OWN
    who.get(OWN)
    values = {"present": first, "fresh": PASSWORD, "again": PASSWORD}
    assert who.post(OWN, values).status_code == 303
    assert who.get("/app/home").headers["location"] == HERE


def test_patients_choose_for_themselves(portal: Opened) -> None:
    who = portal.patient("Chooses")
    assert who.get("/app/home").status_code == 200
    set_up(portal, who)
    assert entered(portal, "Chooses", "") == 422


# ASKED FOR AGAIN


def test_setting_one_up_asks_for_the_password_however_lately_it_was_typed(portal: Opened) -> None:
    who = bare(portal, "Again", Role.DESK)
    who.get(HERE)
    secret = who.hidden("secret")
    values = {"secret": secret, "code": totp.digits(b32decode(secret), now(portal))}
    for wrong in ({}, {"password": "not it, not it at all"}):
        assert who.post(HERE, values | wrong).status_code == 422
        assert 'id="password-fault"' in who.page
    assert not row_of(portal, "Again").totp


def test_replacing_it_asks_for_the_digits_of_the_one_before(portal: Opened) -> None:
    who = bare(portal, "Replaces", Role.DESK)
    _, spares = set_up(portal, who)
    before = row_of(portal, "Replaces").totp
    who.get(HERE)
    secret = who.hidden("secret")
    shown = totp.digits(b32decode(secret), now(portal))
    values = {"secret": secret, "code": shown, "password": PASSWORD}
    for digits in ("", "123456", shown):
        assert who.post(HERE, values | {"digits": digits}).status_code == 422
        assert 'id="digits-fault"' in who.page
    assert row_of(portal, "Replaces").totp == before
    assert who.post(HERE, values | {"digits": spares[0]}).status_code == 200
    assert row_of(portal, "Replaces").totp != before


@pytest.mark.parametrize("secret", ["", "A" * 8, "no base32!", b32encode(bytes(19)).decode()])
def test_a_secret_that_no_page_made_is_not_taken(portal: Opened, secret: str) -> None:
    who = portal.patient(f"secret {len(secret)}")
    who.get(HERE)
    values = {"secret": secret, "code": "123456", "password": PASSWORD}
    assert who.post(HERE, values).status_code == 422


def test_a_new_recovery_code_asks_for_the_password(portal: Opened) -> None:
    who = portal.patient("Careful")
    who.get("/app/settings")
    assert who.post("/app/settings/code").status_code == 422
    answer = who.post("/app/settings/code", {"password": PASSWORD})
    assert answer.status_code == 200
    assert re.search(r"<code>[0-9A-Z-]{31}</code>", answer.text)


# DIGITS AND SPARE CODES


def test_digits_are_good_once(portal: Opened) -> None:
    who = bare(portal, "Once", Role.DESK)
    secret, _ = set_up(portal, who)
    portal.clock.move(timedelta(minutes=2))
    shown = totp.digits(b32decode(secret), now(portal))
    assert entered(portal, "Once", shown) == 303
    assert entered(portal, "Once", shown) == 422


def test_a_spare_code_signs_in_once_and_only_its_hash_is_kept(portal: Opened) -> None:
    who = bare(portal, "Spare", Role.DESK)
    _, spares = set_up(portal, who)
    assert len(set(spares)) == second.SPARES
    assert entered(portal, "Spare", spares[0].lower().replace("-", " ")) == 303
    assert entered(portal, "Spare", spares[0]) == 422
    assert entered(portal, "Spare", spares[1]) == 303
    assert "8" in re.findall(r'badge good">(\d+) left', who.get("/app/settings").text)
    assert not any(each in who.page for each in spares)
    with portal.node.reading() as session:
        rows = session.scalars(select(SpareCodeRow)).all()
        assert all(len(row.hash) == 32 for row in rows)
        assert second.spares_left(session, row_of(portal, "Spare").account) == 8


def test_a_spare_code_of_somebody_else_opens_nothing(portal: Opened) -> None:
    _, theirs = set_up(portal, bare(portal, "One", Role.DESK))
    set_up(portal, bare(portal, "Two", Role.DESK))
    assert entered(portal, "Two", theirs[0]) == 422
    assert entered(portal, "One", theirs[0]) == 303


def test_new_spare_codes_end_the_old_ones(portal: Opened) -> None:
    who = bare(portal, "Renews", Role.DESK)
    _, old = set_up(portal, who)
    who.get("/app/settings/spare-codes")
    assert who.post("/app/settings/spare-codes", {"password": PASSWORD}).status_code == 422
    sent = {"password": PASSWORD, "digits": old[0]}
    page = who.post("/app/settings/spare-codes", sent).text
    fresh = re.findall(r"<code>([0-9A-Z-]{19})</code>", page)
    assert len(fresh) == second.SPARES
    assert entered(portal, "Renews", old[1]) == 422
    assert entered(portal, "Renews", fresh[1]) == 303


def test_guessing_the_second_thing_closes_the_account(portal: Opened) -> None:
    _, spares = set_up(portal, bare(portal, "Guessed", Role.DESK))
    assert [entered(portal, "Guessed", f"00000{each}") for each in range(5)] == [422] * 5
    assert entered(portal, "Guessed", spares[0]) == 422
    portal.clock.move(timedelta(minutes=16))
    assert entered(portal, "Guessed", spares[0]) == 303


# LOST


def test_an_administrator_takes_a_lost_one_off_and_it_is_told_and_written_down(
    portal: Opened,
) -> None:
    chief = portal.staff("Chief", "hospital", Role.ADMINISTRATOR)
    who = bare(portal, "Loses", Role.CLINICIAN)
    _, spares = set_up(portal, who)
    account = row_of(portal, "Loses").account
    chief.get(f"{PEOPLE}/{account}")
    assert chief.post(f"{PEOPLE}/{account}/authenticator").status_code == 303
    assert who.get("/app/home").headers["location"].startswith("/app/login")
    assert entered(portal, "Loses", spares[0]) == 303, "the password alone, for once"
    again = signed_in(portal.visitor(), "Loses")
    assert again.get("/app/home").headers["location"] == HERE
    page = chief.get(f"{PEOPLE}/{account}").text
    assert "A lost authenticator was taken off." in page
    assert "Chief" in page.split("<h2>What was changed", 1)[1]
    with portal.node.reading() as session:
        assert Kind.ACCOUNT in {each.kind for each in notices.notices(session, account)}
    set_up(portal, again)
    assert entered(portal, "Loses", spares[1]) == 422


def test_nobody_takes_off_the_own_one_or_that_of_another_organization(portal: Opened) -> None:
    chief = portal.staff("Own chief", "hospital", Role.ADMINISTRATOR)
    other = portal.staff("Their chief", "clinic", Role.ADMINISTRATOR)
    account = row_of(portal, "Own chief").account
    chief.get(f"{PEOPLE}/{account}")
    assert chief.post(f"{PEOPLE}/{account}/authenticator").status_code == 409
    other.get(PEOPLE)
    assert other.post(f"{PEOPLE}/{account}/authenticator").status_code == 404
    assert row_of(portal, "Own chief").totp


def test_programs_wait_until_another_one_is_set_up(portal: Opened) -> None:
    who = portal.staff("Programmer", "institute", Role.LICENSEE)
    row = row_of(portal, "Programmer")
    with portal.node.sessions() as session, session.begin():
        work = Work(portal.node, session)
        token = tokens.make(
            work,
            account=row.account,
            role=Role.LICENSEE,
            name="Program",
            scopes=[tokens.Scope.READ],
            days=1,
            root=b"",
        )
    bearer = {"Authorization": f"Bearer {token}"}
    assert who.get("/api/me", **bearer).status_code == 200
    with portal.node.sessions() as session, session.begin():
        service.lose_authenticator(Work(portal.node, session), "Programmer")
    assert who.get("/api/me", **bearer).status_code == 401


def test_who_changes_a_sign_in_shows_himself_to_the_owner(portal: Opened) -> None:
    who = portal.patient("Is told")
    who.get(OWN)
    fresh = "four words nobody knows"
    assert who.post(OWN, {"present": PASSWORD, "fresh": fresh, "again": fresh}).status_code == 303
    with portal.node.reading() as session:
        told = notices.notices(session, row_of(portal, "Is told").account)
    assert Kind.ACCOUNT in {each.kind for each in told}
