"""Peers of another version are refused and named."""

import pytest
from fastapi import FastAPI

from salus.platform.web import (
    Peer,
    new_app,
    speaking,
)
from salus.platform.web.errors import OtherRelease
from salus.platform.web.speaking import HEADER, SPOKEN, refuse_other


def door() -> FastAPI:
    app = new_app("some door")

    @app.get("/")
    def _first() -> dict[str, str]:
        return {"said": "hello"}

    return app


def test_a_program_of_the_same_version_is_heard() -> None:
    assert Peer.inside("c1", door()).get("/", {HEADER: SPOKEN}) == b'{"said":"hello"}'


@pytest.mark.parametrize("theirs", ["2.0", "0.9", "10.1", "x"])
def test_a_caller_of_another_version_is_refused(theirs: str) -> None:
    with pytest.raises(OtherRelease) as refused:
        Peer.inside("c1", door()).get("/", {HEADER: theirs})

    assert refused.value.details == {"name": "the caller", "theirs": theirs, "ours": SPOKEN}


def test_a_browser_names_no_version_and_is_heard() -> None:
    assert Peer.inside("c1", door()).get("/")


def test_a_newer_second_number_may_be_ignored() -> None:
    assert Peer.inside("c1", door()).get("/", {HEADER: "1.7"})


def test_an_answer_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.platform.web.frame.SPOKEN", "2.3")
    with pytest.raises(OtherRelease) as refused:
        Peer.inside("c1", door()).get("/")

    assert refused.value.details == {"name": "c1", "theirs": "2.3", "ours": SPOKEN}


def test_a_version_is_shown_without_what_does_not_belong_to_it() -> None:
    with pytest.raises(OtherRelease) as refused:
        refuse_other("9<script>alert", name="c1")

    assert refused.value.details["theirs"] == "9scriptale"
    assert speaking.SPOKEN in str(refused.value)
