"""Bodies file to file: same bytes as in memory, ranges, and nothing left behind on failure."""

from collections.abc import Callable
from pathlib import Path

import pytest

from salus.kernel.crypt4gh import (
    SEGMENT,
    BodyDamaged,
    BodyReplaced,
    SealedFile,
    open_body,
    open_file,
    seal_body,
    seal_file,
    segment_leaves,
    segment_root,
    unpad,
)
from salus.kernel.crypt4gh import crew as crew_module
from salus.kernel.crypt4gh.crew import Work, share_out
from salus.kernel.crypt4gh.errors import FileChanged
from salus.kernel.crypt4gh.segments import BATCH_PLAIN, PLAIN, leaves

DEK = bytes(range(32))
SIZES = [0, 1, 4096, 4097, PLAIN, PLAIN + 1, BATCH_PLAIN - 1, BATCH_PLAIN, BATCH_PLAIN + 1]
LARGE = 2 * BATCH_PLAIN + 3 * PLAIN + 77  # three batches, the last of four segments


def patterned(size: int) -> bytes:
    return (b"".join(i.to_bytes(4, "big") for i in range(size // 4 + 1)))[:size]


def sealed(folder: Path, plain: bytes, threads: int = 2) -> SealedFile:
    (folder / "plain").write_bytes(plain)
    return seal_file(folder / "plain", folder / "body", DEK, threads=threads)


def reopen(folder: Path, whole: SealedFile, **changes: object) -> None:
    options: dict[str, object] = {
        "plain_size": whole.plain_size,
        "segment_root": whole.segment_root,
        "known": whole.leaves,
    } | changes
    open_file(folder / "body", folder / "again", DEK, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [*SIZES, LARGE])
def test_a_file_is_sealed_as_memory_is(tmp_path: Path, size: int, threads: int) -> None:
    plain = patterned(size)
    known = sealed(tmp_path, plain, threads)
    body = (tmp_path / "body").read_bytes()

    assert tuple(leaves(body)) == known.leaves
    assert (segment_root(body), len(body)) == (known.segment_root, known.body_size)
    assert plain == unpad(open_body(body, DEK, known.segment_root), size)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [*SIZES, LARGE])
def test_a_file_opens_with_and_without_its_leaves(tmp_path: Path, size: int, threads: int) -> None:
    plain = patterned(size)
    known = sealed(tmp_path, plain)
    for leaves_known in (known.leaves, None):
        reopen(tmp_path, known, known=leaves_known, threads=threads)

        assert plain == (tmp_path / "again").read_bytes()
    assert known.leaves == segment_leaves(tmp_path / "body", threads=threads)


def test_only_the_owner_may_read_what_was_opened(tmp_path: Path) -> None:
    reopen(tmp_path, sealed(tmp_path, b"plain"))

    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("threads", [1, 3])
def test_progress_tells_every_byte_once(tmp_path: Path, threads: int) -> None:
    (tmp_path / "plain").write_bytes(patterned(LARGE))
    told: list[int] = []
    known = seal_file(
        tmp_path / "plain", tmp_path / "body", DEK, threads=threads, progress=told.append
    )
    reopen(tmp_path, known, progress=told.append, threads=threads)

    assert sum(told) == 2 * LARGE


@pytest.mark.parametrize("leaves_known", [True, False])
@pytest.mark.parametrize("place", [0, 20, SEGMENT - 1, SEGMENT, 17 * SEGMENT + 40, 19 * SEGMENT])
def test_a_changed_byte_is_named_by_segment_and_leaves_no_file(
    tmp_path: Path, place: int, *, leaves_known: bool
) -> None:
    known = sealed(tmp_path, patterned(LARGE))
    body = bytearray((tmp_path / "body").read_bytes())
    body[place] ^= 1
    (tmp_path / "body").write_bytes(body)

    with pytest.raises(BodyDamaged) as caught:
        reopen(tmp_path, known, known=known.leaves if leaves_known else None)
    assert {"segment": place // SEGMENT} == caught.value.details
    assert sorted(path.name for path in tmp_path.iterdir()) == ["body", "plain"]


def swapped(body: bytes) -> bytes:
    return body[SEGMENT : 2 * SEGMENT] + body[:SEGMENT] + body[2 * SEGMENT :]


def repeated(body: bytes) -> bytes:
    return body[:SEGMENT] + body[:SEGMENT] + body[2 * SEGMENT :]


def truncated(body: bytes) -> bytes:
    return body[: -(len(body) % SEGMENT or SEGMENT)]


def inserted(body: bytes) -> bytes:
    return body[:SEGMENT] + body


def foreign(body: bytes) -> bytes:
    return seal_body(bytes(PLAIN), DEK) + body[SEGMENT:]


def cut(body: bytes) -> bytes:
    return body[:-1]


def emptied(body: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("leaves_known", [True, False])
@pytest.mark.parametrize("how", [swapped, repeated, truncated, inserted, foreign, cut, emptied])
def test_rearranged_segments_are_refused_and_leave_no_file(
    tmp_path: Path, how: Callable[[bytes], bytes], *, leaves_known: bool
) -> None:
    known = sealed(tmp_path, patterned(LARGE))
    (tmp_path / "body").write_bytes(how((tmp_path / "body").read_bytes()))

    with pytest.raises(BodyDamaged):
        reopen(tmp_path, known, known=known.leaves if leaves_known else None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["body", "plain"]


def test_forged_leaves_are_refused(tmp_path: Path) -> None:
    known = sealed(tmp_path, patterned(3 * PLAIN))
    (tmp_path / "body").write_bytes(swapped((tmp_path / "body").read_bytes()))

    with pytest.raises(BodyReplaced):
        reopen(tmp_path, known, known=segment_leaves(tmp_path / "body"))


def test_another_plain_size_is_refused(tmp_path: Path) -> None:
    known = sealed(tmp_path, b"\1" * 5000)

    with pytest.raises(BodyDamaged):
        reopen(tmp_path, known, plain_size=4999)
    with pytest.raises(BodyReplaced):
        reopen(tmp_path, known, plain_size=4000)


def test_a_failed_opening_keeps_the_older_file(tmp_path: Path) -> None:
    known = sealed(tmp_path, b"new")
    (tmp_path / "again").write_bytes(b"older")

    with pytest.raises(BodyDamaged):
        reopen(tmp_path, known, plain_size=2)
    assert (tmp_path / "again").read_bytes() == b"older"


def test_a_source_that_shrinks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(bytes(3 * BATCH_PLAIN))

    def shrink(_: int) -> None:
        (tmp_path / "plain").write_bytes(b"")

    with pytest.raises(FileChanged):
        seal_file(tmp_path / "plain", tmp_path / "body", DEK, threads=1, progress=shrink)
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]


def test_every_piece_is_done_once_by_some_thread() -> None:
    done: list[int] = []

    def make() -> Work:
        def work(piece: int) -> int:
            done.append(piece)
            return piece

        return work

    told: list[int] = []
    share_out(100, make, threads=4, progress=told.append)

    assert list(range(100)) == sorted(done)
    assert sum(range(100)) == sum(told)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_failure_in_any_thread_stops_all_and_is_raised(threads: int) -> None:
    done: list[int] = []

    def make() -> Work:
        def work(piece: int) -> int:
            if piece == 3:
                raise FileChanged(file="x")
            done.append(piece)
            return 1

        return work

    with pytest.raises(FileChanged):
        share_out(100_000, make, threads=threads, progress=None)
    assert len(done) < 100_000


def test_an_interrupted_wait_goes_on_until_the_thread_ends() -> None:
    class Stubborn:
        joins = 0

        def is_alive(self) -> bool:
            return self.joins < 2

        def join(self) -> None:
            self.joins += 1
            if self.joins == 1:
                raise KeyboardInterrupt

    crew = crew_module._Crew(lambda: lambda piece: piece, iter(range(0)))
    thread = Stubborn()
    crew.wait(thread)  # type: ignore[arg-type]

    assert thread.joins == 2
    assert [KeyboardInterrupt] == [type(failure) for failure in crew.failures]
