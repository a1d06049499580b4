"""Custodians that leave, that come, and one that goes on releasing after a patient has said no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.clock import ManualClock
from salus.kernel.documents import text
from salus.kernel.errors import SalusError
from salus.platform.node import open_node
from salus.rights.consent.service import controller, find_grant
from salus.rights.consent.service import revoke as end_grant
from salus.rights.custody import messages as m
from salus.rights.custody import release as releasing
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.household import keeper
from salus.rights.custody.reading import as_reader, ask_for
from salus.rights.custody.standing import Ruling, ruling
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record, units_of
from tests.journeys.stage import (
    answer,
    chart,
    grant,
    lines,
    opening,
    record_of,
    run,
    written,
)

FRESH = ("c6", "c7", "c8", "c9", "c10")


def shared(home: Path, folder: Path) -> str:
    record = record_of(home, written(folder, "chart.json", chart()))
    grant(home, record, "laboratory")
    return record


def admitted(home: Path, names: Sequence[str] = FRESH) -> None:
    for name in names:
        assert answer(home, "custody", "admit", name)["name"] == name


def opens(home: Path, record: str, output: Path, *, reader: str | None = None) -> bytes:
    said = run(home, "open", record, *opening("laboratory", output, reader=reader))
    assert said.status == 0, said.out + said.err
    return lines(output)[0]


def test_with_all_five_custodians_replaced_everything_still_opens(
    home: Path, tmp_path: Path
) -> None:
    record = shared(home, tmp_path)
    before = opens(home, record, tmp_path / "before")
    admitted(home)
    moved = answer(home, "custody", "reshare", record, "--to", ",".join(FRESH))
    state = answer(home, "custody", "status", record)
    tried = answer(home, "custody", "drill", record)

    assert moved["waits_for"] == []
    assert state["custodians"] == list(FRESH)
    assert {key["generation"] for key in state["keys"]} == {1}
    assert all(key["lacking"] == [] for key in state["keys"])
    assert (state["drill"]["failed"], state["resharing"]["stage"]) == (0, "done")
    assert (tried["failed"], tried["missing"], tried["wrong"]) == (0, [], [])
    assert before == opens(home, record, tmp_path / "own")
    assert before == opens(home, record, tmp_path / "clinic", reader="clinic")


def test_what_is_imported_afterwards_opens_with_what_was_there(home: Path, tmp_path: Path) -> None:
    record = shared(home, tmp_path)
    admitted(home, ("c6",))
    answer(home, "custody", "reshare", record, "--to", "c2,c3,c4,c5,c6")
    run(home, "import", written(tmp_path, "more.json", chart("13.5 g/dL")))
    state = answer(home, "custody", "status", record)
    laboratory = [key for key in state["keys"] if key["section"] == "laboratory"]

    assert [(0, 1), (1, 0)] == [(key["epoch"], key["generation"]) for key in laboratory]
    assert b"13.5 g/dL" in opens(home, record, tmp_path / "clinic", reader="clinic")


def test_keys_are_renewed_for_a_section_and_for_everything(home: Path, tmp_path: Path) -> None:
    record = shared(home, tmp_path)
    before = opens(home, record, tmp_path / "before", reader="clinic")
    bumped = answer(home, "custody", "renew", record, "--section", "laboratory")
    again = answer(home, "custody", "renew", record, "--section", "laboratory")
    renewed = answer(home, "custody", "renew", record, "--all")
    state = answer(home, "custody", "status", record)

    assert bumped["epochs"] == again["epochs"] == [1], "nothing was added in between"
    assert renewed["waits_for"] == []
    assert {key["epoch"] for key in state["keys"]} == {256, 257}
    assert before == opens(home, record, tmp_path / "after", reader="clinic")
    assert "/problems/renewing/nothing-named" == refused(home, "renew", record)


def refused(home: Path, *arguments: str) -> str:
    said = run(home, "custody", *arguments, "--json")
    assert said.status == 1
    return str(said.json()["error"]["type"])


def test_whoever_cannot_keep_keys_is_not_given_any(home: Path, tmp_path: Path) -> None:
    record = record_of(home, written(tmp_path, "chart.json", chart()))

    assert "/problems/identity/unknown-party" == refused(home, "reshare", record, "--to", "c9")
    assert "/problems/custody/not-custodian" == refused(home, "reshare", record, "--to", "clinic")
    assert "/problems/resharing/same-holders" == refused(
        home, "reshare", record, "--to", "c1,c2,c3,c4,c5"
    )
    assert "/problems/identity/unknown-party" == refused(home, "admit", "clinic")


def test_two_receipts_of_a_keeper_show_that_its_log_only_grew(home: Path, tmp_path: Path) -> None:
    record = shared(home, tmp_path)
    for number in range(3):
        opens(home, record, tmp_path / f"{number}", reader="clinic")
    files = answer(home, "custody", "receipts", "c1", "-o", tmp_path / "receipts")["files"]
    other = answer(home, "custody", "receipts", "c2", "-o", tmp_path / "receipts")["files"]
    found = answer(home, "custody", "compare", record, files[2], files[0])

    assert {"keeper": "c1", "from": 1, "to": 3} == found
    assert "/problems/logbook/not-one-keeper" == refused(
        home, "compare", record, files[0], other[1]
    )


"""A CUSTODIAN THAT GOES ON"""


def test_a_custodian_that_releases_after_the_revoking_block_is_convicted_by_its_own_receipt(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its program was changed so that it refuses nothing; the others refuse."""
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    named = grant(home, record, "laboratory")
    clock = ManualClock(datetime.now(UTC))
    with open_node(home, clock=clock) as node:
        with node.reading() as session:
            found = find_record(session, record)
            units = units_of(session, found, ["laboratory"])
            key = controller(session, found)
            granted = find_grant(session, named)
        end_grant(node, granted, by=key)
        clock.move(timedelta(seconds=2))
        node.ledger.advance()
        ask = ask_for(node, as_reader(of_home(home).party("clinic"), granted), found, units)
        with pytest.raises(NotPermitted):
            releasing.release(keeper(node, home, "c2"), ask)
        with monkeypatch.context() as tampered:
            tampered.setattr(releasing, "ruling", refuses_nothing)
            given = releasing.release(keeper(node, home, "c1"), ask)
    assert isinstance(given, m.Shares)
    (part,) = given.released
    file = written(tmp_path, "receipt.json", text(Evidence(part.receipt, part.signature)))
    c1 = of_home(home).party("c1").address

    assert {"holder": "0x" + c1.hex(), "fault": "grant-ended"} == answer(
        home, "custody", "report", file
    )


def refuses_nothing(*asked: Any) -> Ruling:
    return replace(ruling(*asked), refusal=None)


def test_errors_of_moving_keys_have_a_problem_each() -> None:
    kinds = [kind for kind in SalusError.__subclasses__() if ".resharing." in kind.__module__]

    assert len({kind.problem() for kind in kinds}) == len(kinds) > 5
