"""Nothing of a session stays on a screen that nobody looks at."""

import pytest

from tests.browser.conftest import Enter


@pytest.mark.parametrize(("name", "minutes"), [("Patient 3", 30), ("Clinician", 15)])
def test_a_page_that_nobody_touches_goes_also_without_a_server(
    visit: Enter, name: str, minutes: int
) -> None:
    guest = visit(name)
    guest.page.clock.install()
    guest.open("/app/settings")
    guest.page.clock.fast_forward((minutes * 60 - 30) * 1000)
    guest.sees(name, where="body")
    guest.page.keyboard.press("Tab")
    guest.page.clock.fast_forward((minutes * 60 - 30) * 1000)
    guest.sees(name, where="body")
    guest.page.context.set_offline(True)
    guest.page.clock.fast_forward(60_000)
    guest.page.wait_for_function("() => !document.body.innerText.includes('Settings')")
    assert name not in guest.page.content()
