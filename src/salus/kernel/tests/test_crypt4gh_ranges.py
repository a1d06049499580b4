"""Ranges of a body: the slice, proven, from the segments that hold it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.crypt4gh import (
    SEGMENT,
    BodyDamaged,
    BodyReplaced,
    Run,
    open_range,
    range_of_file,
    runs,
    seal_body,
    seal_file,
    segment_leaves,
    segment_root,
    tiles,
)
from salus.kernel.crypt4gh.errors import OutsideFile, SegmentUnproven
from salus.kernel.crypt4gh.segments import BATCH, BATCH_PLAIN, PLAIN, leaves
from salus.kernel.merkle import root

DEK = bytes(range(32))
LARGE = 2 * BATCH_PLAIN + 3 * PLAIN + 77  # three batches, the last of four segments


def patterned(size: int) -> bytes:
    return (b"".join(i.to_bytes(4, "big") for i in range(size // 4 + 1)))[:size]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranges")
    (folder / "plain").write_bytes(patterned(LARGE))
    seal_file(folder / "plain", folder / "body", DEK)
    return folder


@cache
def remembered(body: Path) -> tuple[bytes, ...]:
    return segment_leaves(body)


def proven(known: Sequence[bytes], start: int, end: int) -> list[Run]:
    return runs(tiles(known), start // PLAIN, max(start, end - 1) // PLAIN)


def read(folder: Path, start: int, end: int, proof: list[Run] | None = None) -> bytes:
    known = remembered(folder / "body")
    return range_of_file(
        folder / "body",
        DEK,
        start=start,
        end=end,
        plain_size=LARGE,
        segment_root=root(known),
        runs=proven(known, max(0, start), end) if proof is None else proof,
    )


BORDERS = [0, 1, PLAIN - 1, PLAIN, PLAIN + 1, 2 * PLAIN, BATCH * PLAIN, LARGE - 1, LARGE]


@pytest.mark.parametrize("start", BORDERS)
def test_a_range_is_the_slice_around_every_border(shared: Path, start: int) -> None:
    for end in (border for border in BORDERS if border >= start):
        assert patterned(LARGE)[start:end] == read(shared, start, end)


@settings(max_examples=40, deadline=None)
@given(first=st.integers(0, LARGE), second=st.integers(0, LARGE))
def test_any_range_is_the_slice(shared: Path, first: int, second: int) -> None:
    start, end = sorted((first, second))

    assert patterned(LARGE)[start:end] == read(shared, start, end)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, LARGE + 1), (LARGE, LARGE + 1)])
def test_a_range_outside_the_file_is_refused(shared: Path, start: int, end: int) -> None:
    with pytest.raises(OutsideFile):
        read(shared, start, end)


def test_only_segments_of_the_range_are_fetched() -> None:
    body = seal_body(patterned(4 * PLAIN), DEK)
    fetched: list[tuple[int, int]] = []

    def fetch(at: int, count: int) -> bytes:
        fetched.append((at, count))
        return body[at : at + count]

    opened = open_range(
        fetch,
        DEK,
        start=PLAIN + 5,
        end=2 * PLAIN + 1,
        plain_size=4 * PLAIN,
        segment_root=segment_root(body),
        runs=runs(tiles(leaves(body)), 1, 2),
    )

    assert patterned(4 * PLAIN)[PLAIN + 5 : 2 * PLAIN + 1] == opened
    assert fetched == [(SEGMENT, 2 * SEGMENT)]


def test_a_range_of_a_changed_segment_is_refused(shared: Path, tmp_path: Path) -> None:
    known = segment_leaves(shared / "body")
    body = bytearray((shared / "body").read_bytes())
    body[5 * SEGMENT + 9] ^= 1
    (tmp_path / "body").write_bytes(body)

    with pytest.raises(BodyDamaged) as caught:
        range_of_file(
            tmp_path / "body",
            DEK,
            start=4 * PLAIN,
            end=6 * PLAIN,
            plain_size=LARGE,
            segment_root=root(known),
            runs=runs(tiles(known), 4, 5),
        )
    assert caught.value.details == {"segment": 5}


def test_a_range_of_another_file_size_is_refused(shared: Path, tmp_path: Path) -> None:
    known = segment_leaves(shared / "body")
    (tmp_path / "body").write_bytes((shared / "body").read_bytes()[:-SEGMENT])

    with pytest.raises(BodyReplaced):
        range_of_file(
            tmp_path / "body",
            DEK,
            start=0,
            end=1,
            plain_size=LARGE,
            segment_root=root(known),
            runs=runs(tiles(known), 0, 0),
        )


def test_a_short_answer_is_refused() -> None:
    body = seal_body(patterned(PLAIN), DEK)

    with pytest.raises(BodyReplaced):
        open_range(
            lambda at, count: body[at : at + count - 1],
            DEK,
            start=0,
            end=1,
            plain_size=PLAIN,
            segment_root=segment_root(body),
            runs=runs(tiles(leaves(body)), 0, 0),
        )


def test_a_range_that_opens_the_padding_checks_it() -> None:
    body = seal_body(b"\1" * 4096, DEK)

    with pytest.raises(BodyDamaged):
        open_range(
            lambda at, count: body[at : at + count],
            DEK,
            start=0,
            end=1,
            plain_size=4000,
            segment_root=segment_root(body),
            runs=runs(tiles(leaves(body)), 0, 0),
        )


def wrong_proofs(true: Run) -> dict[str, list[Run]]:
    return {
        "none": [],
        "one twice": [true, true],
        "too many": [replace(true, leaves=(*true.leaves, bytes(32)))],
        "another place": [replace(true, first=true.first + 1)],
        "before the start": [replace(true, first=-1)],
        "another leaf": [replace(true, leaves=(bytes(32),))],
        "no leaf": [replace(true, leaves=())],
        "another step": [replace(true, steps=(bytes(32), *true.steps[1:]))],
        "a step missing": [replace(true, steps=true.steps[:-1])],
        "a step too many": [replace(true, steps=(*true.steps, bytes(32)))],
        "a path too long": [replace(true, path=(bytes(32),))],
    }


@pytest.mark.parametrize("fault", list(wrong_proofs(Run(0, (), (), ()))))
def test_a_range_without_true_proof_is_refused(shared: Path, fault: str) -> None:
    [true] = runs(tiles(remembered(shared / "body")), 3, 3)

    assert patterned(LARGE)[3 * PLAIN : 3 * PLAIN + 9] == read(
        shared, 3 * PLAIN, 3 * PLAIN + 9, [true]
    )
    with pytest.raises(SegmentUnproven):
        read(shared, 3 * PLAIN, 3 * PLAIN + 9, wrong_proofs(true)[fault])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_runs_belong_to_their_tree_and_to_no_other(draw: st.DataObject) -> None:
    count = draw.draw(st.integers(1, 1100))
    first = draw.draw(st.integers(0, count - 1))
    last = draw.draw(st.integers(first, min(count - 1, first + 600)))
    known = [number.to_bytes(32, "big") for number in range(1, count + 1)]
    of, found = root(known), runs(tiles(known), first, last)

    assert known[first : last + 1] == [leaf for run in found for leaf in run.leaves]
    for run in found:
        assert run.belongs(count, of)
        assert not run.belongs(count, bytes(32))
        assert not replace(run, first=run.first + 1).belongs(count, of)
        assert not replace(run, leaves=run.leaves[:-1]).belongs(count, of)
        assert not run.belongs(run.first, of)


def test_a_tile_proves_its_own_segments_only() -> None:
    [first, second] = tiles([bytes(32)] * 300)

    with pytest.raises(ValueError):
        first.run(255, 256)
    with pytest.raises(ValueError):
        second.run(255, 256)
    with pytest.raises(ValueError):
        second.run(299, 300)


def test_one_segment_is_proven_by_few_hashes() -> None:
    [run] = runs(tiles([bytes([n % 251]) * 32 for n in range(1000)]), 700, 700)

    assert len(run.steps) == 8
    assert len(run.path) == 2
