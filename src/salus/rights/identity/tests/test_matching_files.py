"""The files between two organizations and their matcher: written, refused, destroyed."""

from dataclasses import replace
from pathlib import Path

import pytest

from salus.kernel.documents import text
from salus.platform.errors import FileTrouble
from salus.platform.storage import write_secret
from salus.rights.identity.matching.across import service
from salus.rights.identity.matching.across.model import Encodings
from salus.rights.identity.matching.across.service import compare, encoder_of, found_in, make_key
from salus.rights.identity.matching.errors import (
    BadEncodings,
    BadMatchKey,
    NotSameKey,
    SameFile,
)
from salus.rights.identity.matching.person import Person
from salus.rights.identity.tests.test_matching_across import ANNA, named

ELSE = named("Okafor", "Ngozi", birthDate="1961-11-30")


def house(folder: Path, name: str, *people: tuple[str, Person], key: str = "match.key") -> Path:
    """The codes of an organization, with whose they are beside them."""
    place = folder / key
    if not place.exists():
        make_key(place)
    output = folder / f"{name}.json"
    encoder = encoder_of(place)
    service.encode(people, encoder, output=output, names=folder / f"{name}-names.json")
    return output


def two(folder: Path) -> tuple[Path, Path, Path]:
    east = house(folder, "east", ("r1", ANNA), ("r2", ELSE))
    return east, house(folder, "west", ("w7", replace(ANNA))), folder / "answer.json"


def test_both_learn_who_it_is_and_the_codes_are_gone(tmp_path: Path) -> None:
    east, west, output = two(tmp_path)
    answer = compare(east, west, output=output)
    mine = found_in(output, tmp_path / "east-names.json")
    theirs = found_in(output, tmp_path / "west-names.json")

    assert len(answer.pairs) == 1
    assert [(each.record, each.grade) for each in mine] == [("r1", "certain")]
    assert [each.record for each in theirs] == ["w7"]
    assert (mine[0].other, theirs[0].other) == (answer.pairs[0].right, answer.pairs[0].left)
    assert not east.exists()
    assert not west.exists()


def test_no_file_for_the_matcher_names_a_record_or_a_person(tmp_path: Path) -> None:
    east, west, output = two(tmp_path)
    before = east.read_bytes() + west.read_bytes()
    compare(east, west, output=output)

    for value in (b"r1", b"w7", b"Lindqvist", b"lindqvist", b"1980-03-07", b"Annabel"):
        assert value not in before + output.read_bytes()
    assert (tmp_path / "match.key").read_bytes().strip() not in before


def test_whose_they_are_is_for_the_eyes_of_the_house_only(tmp_path: Path) -> None:
    two(tmp_path)

    for name in ("match.key", "east-names.json", "east.json"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_handles_are_fresh_each_time_and_in_an_order_of_their_own(tmp_path: Path) -> None:
    people = [(f"r{number}", ANNA) for number in range(30)]
    first = house(tmp_path, "east", *people).read_bytes()
    again = house(tmp_path, "east", *people).read_bytes()
    names = service._read(service.Names, tmp_path / "east-names.json", service.NAMES)

    assert first != again
    assert [each.record for each in names.people] != [record for record, _ in people]
    assert {each.record for each in names.people} == {record for record, _ in people}


def test_files_of_two_keys_are_refused_and_stay(tmp_path: Path) -> None:
    east = house(tmp_path, "east", ("r1", ANNA))
    west = house(tmp_path, "west", ("w7", ANNA), key="other.key")
    with pytest.raises(NotSameKey):
        compare(east, west, output=tmp_path / "answer.json")

    assert east.exists()
    assert west.exists()
    assert not (tmp_path / "answer.json").exists()


def test_a_process_that_died_before_the_codes_were_gone_is_gone_on_with(tmp_path: Path) -> None:
    east, west, output = two(tmp_path)
    copy = west.read_bytes()
    answer = compare(east, west, output=output)
    west.write_bytes(copy)
    again = compare(east, west, output=output)

    assert again == answer
    assert not west.exists()


def test_the_same_file_twice_and_an_answer_over_codes_are_refused(tmp_path: Path) -> None:
    east, west, _ = two(tmp_path)
    with pytest.raises(SameFile):
        compare(east, east, output=tmp_path / "answer.json")
    with pytest.raises(SameFile):
        compare(east, west, output=west)

    assert east.exists()
    assert west.exists()


def test_what_is_no_file_of_ours_is_refused(tmp_path: Path) -> None:
    east, west, output = two(tmp_path)
    twice = service._read(Encodings, east, service.CODES)
    doubled = replace(twice, people=(twice.people[0], twice.people[0]))
    faults = {
        "empty.json": b"",
        "another.json": b'{"format": "x"}',
        "names.json": (tmp_path / "east-names.json").read_bytes(),
        "twice.json": text(doubled),
        "later.json": text(replace(twice, format="salus-match-codes/2")),
    }
    for name, raw in faults.items():
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(BadEncodings):
            compare(tmp_path / name, west, output=output)
        assert west.exists()
    with pytest.raises(FileTrouble):
        compare(tmp_path / "absent.json", west, output=output)
    with pytest.raises(BadEncodings):
        found_in(tmp_path / "another.json", tmp_path / "east-names.json")


def test_a_key_is_made_once_and_must_be_a_key(tmp_path: Path) -> None:
    place = tmp_path / "match.key"
    make_key(place)
    with pytest.raises(FileTrouble):
        make_key(place)
    write_secret(tmp_path / "short.key", b"short")
    (tmp_path / "text.key").write_text("no key")

    for name in ("short.key", "text.key", "absent.key"):
        with pytest.raises(BadMatchKey):
            encoder_of(tmp_path / name)
