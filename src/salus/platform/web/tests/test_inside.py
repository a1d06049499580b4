"""A door of this process leaves nothing open."""

from threading import Event, Thread

import httpx
import pytest
from fastapi import FastAPI

from salus.platform.web import new_app
from salus.platform.web.inside import Inside


@pytest.fixture
def heard() -> Event:
    return Event()


@pytest.fixture
def told() -> Event:
    return Event()


@pytest.fixture
def door(heard: Event, told: Event) -> FastAPI:
    app = new_app("some door")

    @app.get("/slow")
    def _slow() -> dict[str, str]:
        heard.set()
        assert told.wait(30)
        return {"said": "at last"}

    return app


def test_a_request_that_outlives_its_door_ends_and_leaves_no_loop(
    door: FastAPI, heard: Event, told: Event
) -> None:
    inside, answers = Inside(door), []
    client = httpx.Client(base_url="http://inside", transport=inside)
    asking = Thread(target=lambda: answers.append(client.get("/slow")))
    asking.start()
    assert heard.wait(30)
    inside.close()
    told.set()
    asking.join(30)

    assert [answer.status_code for answer in answers] == [200]
    assert not inside._idle
