"""People who are there twice are recognized, linked, taken apart; and released unnamed."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.wrap import KeyDamaged
from salus.platform.node import STORAGE_KEY, open_node, read_secret
from salus.rights.records.at_rest import reseal
from salus.rights.records.deidentify.service import project_secret
from tests.journeys.stage import answer, copy, observation, run, written
from tests.support.people import Seen

ANNA = Seen(
    who=1,
    is_han=False,
    family="Quillfeather",
    given="Anna",
    sex="female",
    born="1985-09-03",
    phone="+44 20 7946 0018",
    line="12 Alder Row, Apt 4",
    city="Port Ellery",
    postal="98221",
    national="12345678901",
    hospital="p1",
)
AGAIN = replace(ANNA, hospital="p2", born="1985-03-09")
TWIN = replace(ANNA, hospital="p3", given="Annah", national="", is_multiple=True)
MEI = replace(ANNA, hospital="p4", family="李", given="晓梅", born="1990-01-02", national="9")


@pytest.fixture(scope="module")
def peopled(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with four registrations, and their records by the id of the patient."""
    folder = tmp_path_factory.mktemp("peopled")
    home, records = copy(founded, folder / "home"), {}
    for seen in (ANNA, AGAIN, TWIN, MEI):
        place = written(folder, f"{seen.hospital}.json", json.dumps(seen.patient()).encode())
        (found,) = answer(home, "import", place)["records"]
        records[seen.hospital] = str(found["record"])
    return home, records


@pytest.fixture
def staged(peopled: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    home, records = peopled
    return copy(home, tmp_path / "home"), records


def asked(folder: Path, seen: Seen) -> Path:
    return written(folder, "asked.json", json.dumps(seen.patient()).encode())


def test_an_import_links_what_is_certain_and_asks_about_the_rest(
    staged: tuple[Path, dict[str, str]],
) -> None:
    home, records = staged
    (linked,) = answer(home, "match", "history")
    waiting = answer(home, "match", "review")

    assert {records["p1"], records["p2"]} == {linked["left"], linked["right"]}
    assert ("linked", "automatic", "hospital") == (linked["event"], linked["reason"], linked["by"])
    assert {records["p3"]} == {end for each in waiting for end in (each["left"], each["right"])} - {
        records["p1"],
        records["p2"],
    }
    assert all("multiple-birth" in each["bars"] for each in waiting)


def test_somebody_who_comes_to_the_desk_is_found(
    staged: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home, records = staged
    seen = replace(MEI, family="Li", given="Xiaomei", hospital="x", phone="")
    (found,) = answer(home, "match", asked(tmp_path, seen))
    ((certain,),) = answer(home, "match", "find", asked(tmp_path, seen), "--certain")
    (beside,) = answer(home, "match", records["p1"])

    assert records["p4"] == certain["record"] == found[0]["record"]
    assert "certain" == certain["grade"]
    assert {records["p2"], records["p3"]} == {each["record"] for each in beside}


def test_an_answer_shows_a_handle_and_the_names_of_fields_only(
    staged: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home, _ = staged
    for more in ((), ("--json",)):
        said = run(home, "match", asked(tmp_path, ANNA), *more)

        assert said.status == 0
        assert not [each for each in (ANNA.family, ANNA.line, "7946", "1985") if each in said.out]


def test_nobody_is_an_empty_answer(staged: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    home, _ = staged
    stranger = replace(
        ANNA,
        family="Okafor",
        given="Chidi",
        born="1950-02-03",
        phone="",
        line="",
        city="",
        national="",
        hospital="x",
    )
    said = run(home, "match", asked(tmp_path, stranger))

    assert [[]] == answer(home, "match", asked(tmp_path, stranger))
    assert (0, True) == (said.status, "Nobody" in said.out)


def test_a_link_is_taken_back_with_what_was_written_meanwhile(
    staged: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home, records = staged
    value = observation("o1", "12.0 g/dL") | {"subject": {"reference": "Patient/p2"}}
    answer(home, "import", written(tmp_path, "o.json", json.dumps(value).encode()))
    why = ("--reason", "two passports")
    done = answer(home, "match", "unlink", records["p1"][:8], records["p2"][:8], *why)

    assert [{"record": records["p2"], "resource": "Observation/o1"}] == done["written"]
    assert ([records["p1"]], [records["p2"]]) == (done["left"], done["right"])
    assert ["linked", "unlinked"] == [each["event"] for each in answer(home, "match", "history")]
    assert run(home, "match", "unlink", records["p1"], records["p2"], *why).status == 1


def test_twins_are_told_apart_once(staged: tuple[Path, dict[str, str]]) -> None:
    home, records = staged
    for other in ("p1", "p2"):
        answer(home, "match", "apart", records["p3"], records[other], "--reason", "twins")
    refused = run(home, "match", "apart", records["p1"], records["p2"], "--reason", "twins")

    assert [] == answer(home, "match", "review")
    assert (1, True) == (refused.status, "linked" in refused.err)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_queue_and_the_history_are_said_in_the_language_of_the_reader(
    staged: tuple[Path, dict[str, str]], language: str
) -> None:
    home, _ = staged
    queue = run(home, "match", "review", language=language)
    history = run(home, "match", "history", language=language)
    words = ("given", "linked") if language == "en" else ("名", "已关联")

    assert (0, 0) == (queue.status, history.status)
    assert words[0] in queue.out
    assert words[1] in history.out


def test_nothing_of_a_name_is_legible_in_the_home(staged: tuple[Path, dict[str, str]]) -> None:
    home, _ = staged
    telling = [
        str(place.relative_to(home))
        for place in home.rglob("*")
        if place.is_file() and ANNA.family.encode() in place.read_bytes()
    ]

    assert [] == telling


"""RELEASES"""


def people(count: int, **changed: Any) -> list[dict[str, Any]]:
    return [
        replace(ANNA, hospital=f"r{number}", given="Ann", **changed).patient()
        for number in range(count)
    ]


def lines(folder: Path, resources: Sequence[dict[str, Any]]) -> Path:
    return written(folder, "in.ndjson", b"\n".join(json.dumps(each).encode() for each in resources))


def releasing(folder: Path, resources: Sequence[dict[str, Any]], project: str) -> tuple[Any, ...]:
    profile = ("--profile", "safe-harbor", "--project", project)
    return "deidentify", lines(folder, resources), *profile, "--out", folder / f"{project}.ndjson"


def test_a_release_names_its_profile_and_nobody(home: Path, tmp_path: Path) -> None:
    made = answer(home, *releasing(tmp_path, people(11), "asthma-2027"))
    out = Path(made["file"]).read_bytes()

    assert (11, {"Patient": 11}) == (made["subjects"], made["resources"])
    assert ("safe-harbor", "DUO:0000042", 11) == (made["profile"], made["duo"], made["k"])
    assert out.count(made["profile_hash"].encode()) == out.count(b"asthma-2027") == 11
    assert not [each for each in (b"Quillfeather", b"Alder", b"7946", b"-09-03") if each in out]


def test_pseudonyms_last_as_long_as_the_project(home: Path, tmp_path: Path) -> None:
    outs = []
    for number, project in enumerate(("one", "one", "two")):
        folder = tmp_path / str(number)
        folder.mkdir()
        answer(home, *releasing(folder, people(11), project))
        out = (folder / f"{project}.ndjson").read_text().splitlines()
        outs.append({json.loads(each)["id"] for each in out})

    assert outs[0] == outs[1]
    assert not outs[0] & outs[2]


def test_a_refused_release_writes_nothing(home: Path, tmp_path: Path) -> None:
    said = run(home, *releasing(tmp_path, people(10), "one"))

    assert said.status == 1
    assert "stand out" in said.err
    assert not (tmp_path / "one.ndjson").exists()


def test_a_release_is_never_written_over_a_file(home: Path, tmp_path: Path) -> None:
    written(tmp_path, "one.ndjson", b"kept")
    said = run(home, *releasing(tmp_path, people(11), "one"))

    assert said.status == 1
    assert b"kept" == (tmp_path / "one.ndjson").read_bytes()


@pytest.mark.parametrize("project", ["", "Anna Quillfeather", "x" * 65, "../x"])
def test_a_project_has_a_plain_name(home: Path, tmp_path: Path, project: str) -> None:
    file = lines(tmp_path, people(11))
    out = tmp_path / "out.ndjson"
    given = ("--profile", "safe-harbor", "--project", project, "--out", out)

    assert run(home, "deidentify", file, *given).status == 1
    assert not out.exists()


def test_the_key_of_a_project_outlives_a_new_storage_key(home: Path) -> None:
    new = secrets.token_bytes(32)
    with open_node(home) as node:
        old = read_secret(home / STORAGE_KEY)
        before = project_secret(node, "one", storage_key=old)
        with node.sessions() as session, session.begin():
            reseal(session, old, new)

        assert before == project_secret(node, "one", storage_key=new)
        with pytest.raises(KeyDamaged):
            project_secret(node, "one", storage_key=old)
