"""Denials, several keys for one section, and grants that depend on something: the commands."""

from pathlib import Path

import pytest

from tests.journeys.stage import Said, answer, chart, grant, opening, record_of, run, written

UNTIL = ("--until", "2030-12-31")


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", chart()))


def opened(home: Path, record: str, output: Path, *, reader: str = "clinic") -> bool:
    said = run(home, "open", record, *opening("laboratory", output, reader=reader))
    assert said.status == 0 or said.err.startswith("Not permitted.")
    return said.status == 0


def refused(home: Path, *arguments: str) -> str:
    said: Said = run(home, *arguments, "--json")
    assert said.status == 1
    return str(said.json()["error"]["type"])


def states(home: Path, record: str) -> list[tuple[str, str]]:
    return [(each["effect"], each["state"]) for each in answer(home, "grants", record)]


def ruled(home: Path, record: str, *more: str, threshold: int = 2) -> None:
    answer(home, "invite", "mother")
    answer(home, "invite", "brother")
    made = rule(home, record, "--threshold", str(threshold), *more)

    assert made["in_force"] is True


def rule(home: Path, record: str, *more: str) -> dict[str, object]:
    approvers = ("--section", "laboratory", "--approvers", "patient,mother,brother")
    made: dict[str, object] = answer(home, "rule", record, *approvers, *more)
    return made


def test_a_denial_beats_a_grant_until_it_is_lifted(home: Path, record: str, tmp_path: Path) -> None:
    output = tmp_path / "out.ndjson"
    grant(home, record, "laboratory")
    grant(home, record, "laboratory", to="research")
    denied = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    denial = answer(home, "deny", record, *denied)
    while_denied = opened(home, record, output), opened(home, record, output, reader="research")
    lifted = answer(home, "lift", denial["denial"])

    assert denial["state"] == "live"
    assert while_denied == (False, True)
    assert lifted["state"] == "ended"
    assert opened(home, record, output)


def test_a_denial_of_everything_leaves_the_patient(home: Path, record: str, tmp_path: Path) -> None:
    output = tmp_path / "out.ndjson"
    grant(home, record, "laboratory")
    answer(home, "deny", record, *UNTIL)
    own = run(home, "open", record, *opening("laboratory", output))

    assert not opened(home, record, output)
    assert own.status == 0


def test_ending_all_leaves_what_is_denied(home: Path, record: str, tmp_path: Path) -> None:
    grant(home, record, "laboratory")
    answer(home, "deny", record, "--to", "research", *UNTIL)
    ended = answer(home, "end", record)
    after = states(home, record)
    again = grant(home, record, "laboratory")

    assert ended == {"record": record, "state": "ended"}
    assert after == [("permit", "ended"), ("deny", "live")]
    assert opened(home, record, tmp_path / "out.ndjson")
    assert answer(home, "revoke", again)["state"] == "ended"


def test_a_permit_is_not_lifted_and_a_denial_not_revoked(home: Path, record: str) -> None:
    given = grant(home, record, "laboratory")
    denial = answer(home, "deny", record, "--to", "research", *UNTIL)["denial"]

    assert refused(home, "lift", given) == "/problems/consent/wrong-effect"
    assert refused(home, "revoke", denial) == "/problems/consent/wrong-effect"
    assert states(home, record) == [("permit", "live"), ("deny", "live")]


def test_a_section_under_a_rule_opens_when_enough_agree(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    ruled(home, record)
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    given = answer(home, "grant", record, *asked)
    before = opened(home, record, output)
    twice = refused(home, "approve", given["grant"])
    stranger = refused(home, "approve", given["grant"], "--as", "research")
    approved = answer(home, "approve", given["grant"], "--as", "mother")

    assert given["state"] == "proposed"
    assert not before
    assert twice == "/problems/consent/already-approved"
    assert stranger == "/problems/consent/not-approver"
    assert approved["state"] == "live"
    assert opened(home, record, output)
    assert answer(home, "revoke", given["grant"], "--as", "brother")["state"] == "ended"


def test_an_approver_declines_for_ever(home: Path, record: str) -> None:
    ruled(home, record)
    given = answer(home, "grant", record, "--sections", "laboratory", "--to", "clinic", *UNTIL)
    declined = answer(home, "decline", given["grant"], "--as", "brother")

    assert declined["state"] == "ended"
    assert refused(home, "approve", given["grant"]) == "/problems/consent/bad-state"


def test_a_rule_is_loosened_only_by_as_many_as_it_asks_for(home: Path, record: str) -> None:
    ruled(home, record)
    alone = rule(home, record, "--threshold", "1")
    together = rule(home, record, "--threshold", "1", "--as", "mother")
    tighter = rule(home, record, "--threshold", "3")
    freed = [
        answer(home, "rule", record, "--section", "laboratory", "--none", *more)["in_force"]
        for more in ((), ("--as", "mother"), ("--as", "brother"))
    ]
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)

    assert (alone["in_force"], together["in_force"]) == (False, True)
    assert tighter["in_force"] is True
    assert freed == [False, False, True]
    assert answer(home, "grant", record, *asked)["state"] == "live"


def test_a_denial_on_a_rule_is_lifted_by_its_approvers(home: Path, record: str) -> None:
    ruled(home, record)
    denied = answer(home, "deny", record, "--sections", "laboratory", "--on-rule", *UNTIL)
    made = answer(home, "approve", denied["denial"], "--as", "mother")
    alone = answer(home, "lift", denied["denial"])
    together = answer(home, "lift", denied["denial"], "--as", "brother")

    assert (denied["state"], made["state"]) == ("proposed", "live")
    assert (alone["state"], together["state"]) == ("live", "ended")


def test_a_grant_holds_while_its_referral_is_open(home: Path, record: str, tmp_path: Path) -> None:
    output = tmp_path / "out.ndjson"
    asked = ("--to", "clinic", "--sections", "laboratory", "--reason", "Shortness of breath")
    referral = answer(home, "referral", "send", record, *asked)["referral"]
    given = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    answer(home, "grant", record, *given, "--while", f"referral:{referral}")
    before = opened(home, record, output)
    answer(home, "referral", "accept", referral)
    during = opened(home, record, output)
    answer(home, "referral", "return", referral, "--reason", "Full")

    assert (before, during) == (False, True)
    assert not opened(home, record, output)


def test_a_grant_holds_while_guardians_agree(home: Path, record: str, tmp_path: Path) -> None:
    output = tmp_path / "out.ndjson"
    for name in ("mother", "brother"):
        answer(home, "invite", name)
    answer(home, "guardians", record, "--set", "mother,brother", "--threshold", "2")
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    given = answer(home, "grant", record, *asked, "--while", "guardians")["grant"]
    answer(home, "agree", given, "--as", "mother")
    before = opened(home, record, output)
    answer(home, "agree", given, "--as", "brother")
    during = opened(home, record, output)
    answer(home, "agree", given, "--as", "mother", "--withdraw")

    assert (before, during) == (False, True)
    assert not opened(home, record, output)


def test_a_grant_may_count_reads(home: Path, record: str, tmp_path: Path) -> None:
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    answer(home, "grant", record, *asked, "--reads", "1")

    assert opened(home, record, tmp_path / "first.ndjson")
    assert not opened(home, record, tmp_path / "second.ndjson")


def test_a_grant_replaces_others_and_may_begin_later(
    home: Path, record: str, tmp_path: Path
) -> None:
    first = grant(home, record, "laboratory")
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL, "--from", "2030-01-01")
    second = answer(home, "grant", record, *asked, "--replaces", first)

    assert second["state"] == "live"
    assert states(home, record) == [("permit", "ended"), ("permit", "live")]
    assert not opened(home, record, tmp_path / "out.ndjson")


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--while", "weather:0x12", "unknown-condition"),
        ("--while", "referral:zz", "unknown-condition"),
        ("--while", "referral:0x1234", "unknown-condition"),
        ("--labels", "SECRET", "unknown-label"),
        ("--from", "2031-01-01", "bad-window"),
        ("--from", "soon", "bad-window"),
        ("--replaces", "0xff", "unknown-grant"),
    ],
)
def test_a_grant_that_says_what_is_not_there_is_refused(
    home: Path, record: str, option: str, value: str, problem: str
) -> None:
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL, option, value)

    assert refused(home, "grant", record, *asked) == f"/problems/consent/{problem}"
    assert answer(home, "grants", record) == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--approvers", f"mother,0x{'00' * 20}"), "bad-approver"),
        (("--approvers", "mother", "--threshold", "2"), "bad-threshold"),
        ((), "approvers-missing"),
        (("--none",), "unknown-rule"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    home: Path, record: str, more: tuple[str, ...], problem: str
) -> None:
    answer(home, "invite", "mother")

    assert (
        refused(home, "rule", record, "--section", "laboratory", *more)
        == f"/problems/consent/{problem}"
    )


@pytest.mark.parametrize("option", ["--sections", "--to", "--purpose"])
def test_a_denial_that_names_nothing_is_not_one_of_everything(
    home: Path, record: str, option: str
) -> None:
    assert refused(home, "deny", record, *UNTIL, option, " , ")
    assert answer(home, "grants", record) == []
