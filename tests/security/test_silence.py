"""While the ledger is silent nothing is signed (E4), and what nobody looks at does not stay."""

import re
from datetime import timedelta
from html import unescape

from tests.support.recordless import OWNER, Place

SIGNED = "/app/invitation"
CODE = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-F"
INERT = 'type="button" aria-disabled="true" aria-describedby="behind"'


def button(page: str) -> str:
    """The first in the main part of a page."""
    found = re.search(r"<button[^>]*>", page.partition("<main")[2])
    assert found is not None
    return found[0]


def test_a_button_that_signs_does_nothing_and_the_reason_is_beside_it(place: Place) -> None:
    who = place.enter(OWNER)
    assert "aria-disabled" not in who.get(SIGNED).text
    place.behind = 5
    page = unescape(who.get(SIGNED).text)
    assert INERT in button(page)
    reason = re.search(r'id="behind">([^<]*)<', page)
    assert reason is not None
    assert "not answered for 5 minutes" in reason[1]
    assert page.count('id="behind"') == 1
    place.behind = 0
    assert "aria-disabled" not in who.get(SIGNED).text


def test_a_form_that_is_sent_all_the_same_is_refused_as_typed(place: Place) -> None:
    who = place.enter(OWNER)
    who.get(SIGNED)
    place.behind = 5
    answer = who.post(SIGNED, {"code": CODE})
    assert answer.status_code == 503
    assert f'value="{CODE}"' in answer.text
    assert INERT in button(answer.text)


def test_what_needs_no_ledger_goes_on(place: Place) -> None:
    who = place.enter(OWNER)
    place.behind = 5
    assert "aria-disabled" not in who.get("/app/settings/notices").text
    answer = who.post("/app/settings", {"language": "en", "large": "yes"})
    assert answer.status_code == 303


def test_htmx_gets_the_same_buttons(place: Place) -> None:
    who = place.enter(OWNER)
    place.behind = 5
    assert INERT in button(who.get(SIGNED, **{"HX-Request": "true"}).text)


# WITHOUT SCRIPTS


LEADS = '<noscript><meta http-equiv="refresh" content="1800;url=/app/closed"></noscript>'


def test_without_scripts_a_page_leads_away_when_the_session_is_over(place: Place) -> None:
    who = place.enter(OWNER)
    assert LEADS in who.get("/app/notices").text
    place.later()
    answer = who.get("/app/closed")
    assert answer.status_code == 200
    assert "This page was closed" in answer.text
    assert OWNER not in answer.text
    assert who.get("/app/notices").status_code == 303


def test_a_page_on_which_somebody_may_be_writing_stays(place: Place) -> None:
    who = place.enter(OWNER)
    assert "http-equiv" not in who.get("/app/settings/notices").text
    assert "http-equiv" not in place.stranger().get("/app/login").text


def test_to_be_led_away_is_no_sign_of_life(place: Place) -> None:
    """Else two open pages would keep each other's session for half a day."""
    who = place.enter(OWNER)
    for _ in range(2):
        place.later(timedelta(minutes=20))
        assert "This page was closed" in who.get("/app/closed").text
    assert who.get("/app/notices").status_code == 303
