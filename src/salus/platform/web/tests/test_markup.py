"""Which buttons sign, and which pages are written on, as the finished markup says."""

import pytest

from salus.platform.web.portal.markup import STILL, Buttons, is_written_on
from salus.platform.web.portal.pages import Page, Pages
from salus.platform.web.portal.visits import Visit

pages = Pages("test")


def act(_visit: Visit, **_parameters: str) -> Page:
    return Page("test/page.html")


pages.post("/share", signs=True)(act)
pages.post("/share/change")(act)
pages.post("/shares/{record}/end", signs=True)(act)
pages.post("/settings")(act)
BUTTONS = Buttons(pages.routes)


def form(action: str, inside: str) -> str:
    return f'<form method="post"{action} novalidate>\n{inside}</form>'


@pytest.mark.parametrize(
    ("action", "path", "is_still"),
    [
        (' action="/app/share"', "/app/home", True),
        (' action="/app/share?step=2"', "/app/home", True),
        (' action="/app/shares/5a10/end"', "/app/home", True),
        ("", "/app/share", True),
        (' action="/app/settings"', "/app/share", False),
        (' action="/app/share/change"', "/app/share", False),
        (' action="/app/elsewhere"', "/app/share", False),
        ("", "/app/settings", False),
    ],
)
def test_the_address_of_a_form_decides(action: str, path: str, *, is_still: bool) -> None:
    made = BUTTONS.stilled(form(action, '<button class="main">Sign</button>'), path)
    expected = f'<button class="main"{STILL}>Sign</button>' if is_still else "<button class="
    assert expected in made
    assert ("aria-disabled" in made) is is_still


def test_a_button_may_lead_elsewhere_than_its_form() -> None:
    one, other = "<button>One</button>", '<button formaction="/app/share">Other</button>'
    made = BUTTONS.stilled(form(' action="/app/settings"', one + other), "/app/home")
    assert one in made
    assert f'<button formaction="/app/share"{STILL}>' in made


def test_what_sends_nothing_stays_as_it_is() -> None:
    page = form(' action="/app/share"', '<button type="button" data-print>Print</button>')
    assert BUTTONS.stilled(page, "/app/home") == page
    assert BUTTONS.stilled("<button>Alone</button>", "/app/share") == "<button>Alone</button>"


def test_forms_do_not_run_into_one_another() -> None:
    button = "<button>B</button>"
    page = form(' action="/app/settings"', button) + form(' action="/app/share"', button)
    made = BUTTONS.stilled(page, "/app/home")
    assert made.index("aria-disabled") > made.index("/app/share")
    assert made.count("aria-disabled") == 1


def test_a_page_with_a_field_to_be_sent_is_written_on() -> None:
    field = '<div class="field"><input name="n"></div>'
    assert is_written_on(form("", field))
    assert not is_written_on(f'<form method="get">{field}</form>' + form("", "<button></button>"))
    assert not is_written_on("<p>Text</p>")
