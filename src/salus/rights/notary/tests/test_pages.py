"""The public page that checks a proof, as a browser without scripts uses it."""

import json
from pathlib import Path

import pytest

from salus.kernel.canonical import canonical
from salus.platform.testing import memory_node
from salus.rights.notary.tests.proofs import make, trust
from salus.rights.notary.wording import step_words
from salus.surfaces.server.app import portal_app
from tests.support.portal import Visitor


@pytest.fixture
def who(tmp_path: Path) -> Visitor:
    made = Visitor(portal_app(memory_node(), tmp_path))
    assert made.get("/app/verify").status_code == 200
    return made


def test_a_stranger_checks_a_proof_and_sees_what_it_shows(who: Visitor) -> None:
    answer = who.post("/app/verify", files={"proof": ("proof.json", make().raw())})

    assert answer.status_code == 200
    assert "The proof is valid" in answer.text
    assert "84.50" in answer.text
    assert answer.text.count('class="badge good"') == len(step_words())
    assert "data-named hidden" not in answer.text


def test_a_trust_file_of_the_reader_decides(who: Visitor) -> None:
    files = {"proof": ("proof.json", make().raw()), "trust": ("t.json", canonical(trust()))}
    assert "data-named hidden" in who.post("/app/verify", files=files).text
    files["trust"] = ("t.json", canonical(trust() | {"chain": 1}))
    answer = who.post("/app/verify", files=files)
    assert answer.status_code == 422
    assert "<strong data-reason>Enough nodes of the network have signed" in answer.text


def test_the_first_step_that_fails_is_marked_and_nothing_is_shown(who: Visitor) -> None:
    changed = make().raw().replace(b"84.50", b"48.50")
    answer = who.post("/app/verify", files={"proof": ("proof.json", changed)})

    assert answer.status_code == 422
    at = list(step_words()).index("field")
    assert answer.text.count('class="badge good"') == at
    assert answer.text.count('class="badge bad"') == 1
    assert "48.50" not in answer.text


@pytest.mark.parametrize("content", [b"{}", b"\xff\xfe", b"[" * 100_000, b'{"v":2}'])
def test_what_is_no_proof_is_said_to_be_none(who: Visitor, content: bytes) -> None:
    answer = who.post("/app/verify", files={"proof": ("any.bin", content)})
    assert answer.status_code == 422
    assert "The proof is not valid" in answer.text


def test_without_a_file_and_with_a_bad_trust_file_the_field_says_so(who: Visitor) -> None:
    assert "Please choose a file" in who.post("/app/verify", {"x": "y"}).text
    files = {"proof": ("proof.json", make().raw()), "trust": ("t.json", b"not json")}
    answer = who.post("/app/verify", files=files)
    assert answer.status_code == 422
    assert 'id="trust-fault"' in answer.text


def test_the_page_brings_its_own_scripts_and_no_other(who: Visitor) -> None:
    for name in ("verify.js", "verifier.mjs"):
        answer = who.get(f"/app/static/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
    assert "fetch(" not in who.get("/app/static/verify.js").text
    assert "XMLHttpRequest" not in who.get("/app/static/verify.js").text
    assert json.loads(make().raw())["v"] == 2
