"""Crypt4GH file to file, proven ranges, and the keys of a dealing.

The references are the PyPI library crypt4gh, file to file on the same file; ChaCha20-Poly1305 over
64 KiB in memory, which no file code can beat; and the file calls alone, which copy without a
cipher. All of them take turns, in every run.

The bars depend on the processor. Where the cipher is slow, it alone is hardly faster than
crypt4gh. Where it has AVX-512, it outruns the file calls: their time is then the greater part, and
half of the speed of the cipher in memory is more than copying a file reaches.
"""

import os
import secrets
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

from crypt4gh import lib as reference
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from benchmarks.report import Row, is_quick, row, scaled, seconds
from salus.kernel import hpke, shamir
from salus.kernel.crypt4gh import (
    SEGMENT,
    TILE,
    Run,
    SealedFile,
    Tile,
    body_size,
    decrypt_file,
    encrypt_file,
    make_header,
    open_file,
    range_of_file,
    seal_body,
    seal_file,
)
from salus.kernel.crypt4gh.segments import BATCH_PLAIN, PLAIN, leaves
from salus.kernel.merkle import inclusion, root

Work = Callable[[], object]
_RUNS = 5
_MIB = 1024 * 1024
_SECRET = secrets.token_bytes(32)
_PUBLIC = X25519PrivateKey.from_private_bytes(_SECRET).public_key().public_bytes_raw()
_DEK = secrets.token_bytes(32)


def run() -> list[Row]:
    with _folder() as folder:
        return [*_files(folder), *_ranges(folder), *_keys()]


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory where the machine has a file system there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def _files(folder: Path) -> list[Row]:
    size = scaled(256 * _MIB, quick=32 * _MIB)
    source = folder / "plain"
    with source.open("wb") as file:
        for _ in range(size // _MIB):
            file.write(secrets.token_bytes(_MIB))
    encrypt_file(source, folder / "whole", _DEK, make_header(_DEK, _PUBLIC))
    known = seal_file(source, folder / "body", _DEK)
    speeds = {name: size / time / 1e6 for name, time in _turns(folder, known).items()}
    for name in ("plain", "whole", "body"):
        (folder / name).unlink()
    return list(_judged(speeds))


def _turns(folder: Path, known: SealedFile) -> dict[str, float]:
    """Median seconds of everything that is compared."""
    works = _references(folder, known.plain_size)
    for threads in (1, 2):
        works |= _ours(folder, known, threads)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(1 if is_quick() else _RUNS):
        for name, work in works.items():
            times[name].append(seconds(work, runs=1))
            (folder / "target").unlink(missing_ok=True)
    return {name: statistics.median(each) for name, each in times.items()}


def _references(folder: Path, size: int) -> dict[str, Work]:
    plain, whole, target = folder / "plain", folder / "whole", folder / "target"

    def encrypt() -> None:
        with plain.open("rb") as source, target.open("wb") as sink:
            reference.encrypt([(0, secrets.token_bytes(32), _PUBLIC)], source, sink)

    def decrypt() -> None:
        with whole.open("rb") as source, target.open("wb") as sink:
            reference.decrypt([(0, _SECRET, None)], source, sink)

    return {
        "crypt4gh encrypt": encrypt,
        "crypt4gh decrypt": decrypt,
        **{f"raw {threads}": partial(_raw, size, threads) for threads in (1, 2)},
        **{f"copy {threads}": partial(_copy, plain, target, threads) for threads in (1, 2)},
    }


def _raw(size: int, threads: int) -> None:
    """The cipher alone, over so many bytes of memory."""
    numbers = iter(range(size // PLAIN))

    def work() -> None:
        cipher = ChaCha20Poly1305(_DEK)
        plain, sealed = memoryview(bytearray(PLAIN)), memoryview(bytearray(PLAIN + 16))
        for number in numbers:
            cipher.encrypt_into(number.to_bytes(12, "big"), plain, None, sealed)

    _together(work, threads)


def _copy(source: Path, target: Path, threads: int) -> None:
    """The file calls alone, as many bytes a call as the sealing has."""
    size = source.stat().st_size
    starts = iter(range(0, size, BATCH_PLAIN))
    with source.open("rb") as plain, target.open("wb") as copy:

        def work() -> None:
            buffer = memoryview(bytearray(BATCH_PLAIN))
            for start in starts:
                count = os.preadv(plain.fileno(), [buffer], start)
                os.pwrite(copy.fileno(), buffer[:count], start)

        _together(work, threads)


def _together(work: Work, threads: int) -> None:
    crew = [Thread(target=work) for _ in range(threads)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()


def _ours(folder: Path, known: SealedFile, threads: int) -> dict[str, Work]:
    plain, target = folder / "plain", folder / "target"
    header = make_header(_DEK, _PUBLIC)

    def opened() -> None:
        open_file(
            folder / "body",
            target,
            _DEK,
            plain_size=known.plain_size,
            segment_root=known.segment_root,
            known=known.leaves,
            threads=threads,
        )

    return {
        f"encrypt {threads}": lambda: encrypt_file(plain, target, _DEK, header, threads=threads),
        f"decrypt {threads}": lambda: decrypt_file(
            folder / "whole", target, _SECRET, threads=threads
        ),
        f"seal {threads}": lambda: seal_file(plain, target, _DEK, threads=threads),
        f"open {threads}": opened,
    }


def _judged(speeds: Mapping[str, float]) -> Iterator[Row]:
    for threads, by_tool, by_raw in ((1, 1.4, 0.45), (2, 2.5, 0.5)):
        many = "1 thread" if threads == 1 else f"{threads} threads"
        raw = speeds[f"raw {threads}"]
        for verb in ("encrypt", "decrypt"):
            what, value = f"{verb} file to file, {many}", speeds[f"{verb} {threads}"]
            tool = speeds[f"crypt4gh {verb}"]
            yield row(f"{what}, by crypt4gh", value, "MB/s", reference=tool, ratio_at_least=by_tool)
            yield row(f"{what}, by raw", value, "MB/s", reference=raw, ratio_at_least=by_raw)
            copy = speeds[f"copy {threads}"]
            bound = 1 / (1 / raw + 1 / copy)  # cipher and file calls, one after the other
            yield row(f"{what}, by raw and copy", value, "MB/s", reference=bound)
        yield row(
            f"seal with segment tree, {many}, by raw",
            speeds[f"seal {threads}"],
            "MB/s",
            reference=raw,
            ratio_at_least=0.35,
        )
        yield row(
            f"open, each segment proven, {many}, by raw",
            speeds[f"open {threads}"],
            "MB/s",
            reference=raw,
        )


def _ranges(folder: Path) -> Iterator[Row]:
    """1 KiB of a 10 GiB object, of which only one tile of segments is really there."""
    plain_size = 10 * 1024 * _MIB
    count = plain_size // PLAIN // TILE
    number = count // 2
    part = seal_body(secrets.token_bytes(TILE * PLAIN), _DEK)
    own = leaves(part)
    roots = [secrets.token_bytes(32) for _ in range(count)]
    roots[number] = root(own)
    tile = Tile(number, tuple(own), tuple(inclusion(roots, number)))
    body, whole = folder / "sparse", root(roots)
    with body.open("wb") as file:
        file.truncate(body_size(plain_size))
        os.pwrite(file.fileno(), part, number * TILE * SEGMENT)

    def read(start: int, proof: list[Run]) -> None:
        range_of_file(
            body,
            _DEK,
            start=start,
            end=start + 1024,
            plain_size=plain_size,
            segment_root=whole,
            runs=proof,
        )

    segment = number * TILE + 7
    one, two = [tile.run(segment, segment)], [tile.run(segment - 1, segment)]
    inside = 1000 * _each(lambda: read(segment * PLAIN + 4096, one), 200)
    across = 1000 * _each(lambda: read(segment * PLAIN - 512, two), 200)
    yield row("1 KiB of 10 GiB, proven", inside, "ms", at_most=0.5)
    yield row("1 KiB of 10 GiB, proven, over a border", across, "ms", at_most=0.5)


def _keys() -> Iterator[Row]:
    key = hpke.ReaderKey.generate()
    public, info, message = key.public(), secrets.token_bytes(120), secrets.token_bytes(50)
    sealed = hpke.seal(public, info, message)
    holders = [hpke.ReaderKey.generate().public() for _ in range(5)]

    def deal() -> None:
        shares = shamir.split(secrets.randbelow(shamir.ORDER), 3, 5)
        for holder, (index, y) in zip(holders, shares, strict=True):
            hpke.seal(holder, info, bytes([1, index]) + bytes(16) + y.to_bytes(32, "little"))

    wraps = 1 / _each(lambda: hpke.seal(public, info, message), 2000)
    unwraps = 1 / _each(lambda: key.open(info, sealed), 2000)
    yield row("hybrid wrap, one core", wraps, "1/s", at_least=4000)
    yield row("hybrid unwrap, one core", unwraps, "1/s", at_least=5500)
    yield row("deal 3 of 5 with 5 hybrid wraps", 1 / _each(deal, 300), "1/s", at_least=700)


def _each(work: Work, count: int) -> float:
    """Median seconds of one piece of work, over several runs of many."""
    many = scaled(count)

    def repeat() -> None:
        for _ in range(many):
            work()

    repeat()
    return seconds(repeat, runs=_RUNS) / many
