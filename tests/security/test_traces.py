"""What is left behind: in the log what was refused and never to whom, in a browser nothing."""

import json

import pytest

from salus.surfaces.server.app import portal_app
from tests.security.conftest import Town
from tests.support.portal import UNLIMITED, Visitor

Lines = list[dict[str, object]]


def lines(caught: pytest.CaptureFixture[str]) -> tuple[str, Lines]:
    text = caught.readouterr().err
    return text, [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def found(every: Lines, event: str) -> Lines:
    return [line for line in every if line["event"] == event]


@pytest.mark.parametrize(
    ("name", "outcome"), [("Patient 1", "password"), ("Nobody Whatever", "unknown")]
)
def test_a_refused_sign_in_is_logged_without_a_name(
    town: Town, capfd: pytest.CaptureFixture[str], name: str, outcome: str
) -> None:
    who = town.stranger()
    who.get("/app/login")
    capfd.readouterr()
    who.post("/app/login", {"name": name, "password": "wrong password here"})
    text, every = lines(capfd)
    (line,) = found(every, "sign-in-refused")
    assert (line["level"], line["outcome"]) == ("warning", outcome)
    assert line["request"]
    assert line["time"]
    assert name not in text
    assert "wrong password" not in text
    assert who.address not in text


def test_signing_in_and_out_are_logged(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    who = town.anew("Patient 2")
    who.get("/app/home")
    who.post("/app/logout")
    text, every = lines(capfd)
    assert found(every, "signed-in")
    assert found(every, "signed-out")
    assert "Patient 2" not in text


def test_a_refused_page_is_logged_by_its_template(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    who = town.anew("Patient 3")
    record = town.accounts["Patient 1"].record
    capfd.readouterr()
    who.get("/app/operate")
    who.get(f"/app/record/{record}/laboratory")
    who.get("/app/settings")
    who.post("/app/settings", {"csrf": "forged"})
    text, every = lines(capfd)
    refused = [(line["error"], line["status"]) for line in found(every, "refused")]
    assert ("portal.role_needed", 403) in refused
    assert ("portal.page_missing", 404) in refused
    assert ("portal.form_foreign", 403) in refused
    assert "/app/record/{handle}/{name}" in {line["route"] for line in found(every, "refused")}
    assert record not in text


def test_a_refused_token_is_logged_without_it(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    town.stranger().get("/api/me", Authorization="Bearer salus_guessed-by-somebody")
    text, every = lines(capfd)
    assert found(every, "token-refused")
    assert "guessed" not in text


def test_a_wrong_password_before_an_act_is_logged(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    who = town.anew("Patient 4")
    who.get("/app/settings")
    capfd.readouterr()
    who.post("/app/settings/code", {"password": "wrong password here"})
    _, every = lines(capfd)
    assert found(every, "sign-in-refused")[0]["outcome"] == "confirming"


# BROWSERS


def test_signing_out_clears_what_the_browser_keeps_and_nothing_of_others(town: Town) -> None:
    who = town.anew("Patient 5")
    who.get("/app/home")
    answer = who.post("/app/logout")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert all("Max-Age=0" in each for each in answer.headers.get_list("set-cookie"))


def test_a_page_knows_for_how_long_it_may_stay_on_the_screen(town: Town) -> None:
    assert 'data-idle="1800"' in town.anew("Patient 5").get("/app/home").text
    assert 'data-idle="900"' in town.anew("Clinician").get("/app/home").text
    assert "data-idle" not in town.stranger().get("/app/login").text


@pytest.mark.parametrize(("subdomains", "header"), [(True, "; includeSubDomains"), (False, "")])
def test_names_below_that_of_the_portal_are_covered_unless_the_operator_says_no(
    town: Town, *, subdomains: bool, header: str
) -> None:
    settings = UNLIMITED.model_copy(update={"subdomains": subdomains})
    who = Visitor(portal_app(town.node, town.home, settings=settings))
    found_ = who.get("/app/login").headers["strict-transport-security"]
    assert found_ == f"max-age=31536000{header}"
