"""Import with every step: check, commit, encrypt, deal, store, index, announce, anchor."""

import os
import resource
import time
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory

import orjson
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from benchmarks._scene import scene
from benchmarks.report import Row, row, scaled
from salus.services.fhir.files import ordered
from salus.services.fhir.pipeline import import_documents
from salus.services.fhir.service import finish
from salus.surfaces.demo.patients import directory, patient

EACH = 1_000  # resources of one patient


def run() -> list[Row]:
    few, many = scaled(10_000, quick=4_000), scaled(100_000, quick=12_000)
    with TemporaryDirectory(prefix="salus-bench-files-") as folder:
        paths = _files(Path(folder), many // EACH)
        floor = _floor(paths[: few // EACH])
        small, large = _rate(paths[: few // EACH]), _rate(paths)
    return [
        row(f"import of {few:,} resources", small, "resources/s", reference=floor, at_least=5_000),
        row(f"import of {many:,} resources", large, "resources/s", reference=floor, at_least=5_000),
        row("larger import against smaller", large / small, "ratio", at_least=0.8),
        row("resident memory at most", _resident() / 2**20, "MiB", at_most=1_024),
    ]


def _files(folder: Path, count: int) -> list[Path]:
    paths = []
    for seed in range(count):
        path = folder / f"{seed}.json"
        path.write_bytes(patient(seed, resources=EACH))
        paths.append(path)
    return paths


def _rate(paths: list[Path]) -> float:
    with scene() as stage, TemporaryDirectory() as folder:
        shared = Path(folder) / "directory.json"
        shared.write_bytes(directory())
        begun = time.perf_counter()
        outlines, refused = ordered([shared, *paths])
        outcomes = list(import_documents(stage.desk, stage.home, outlines))
        finish(stage.desk)
        seconds = time.perf_counter() - begun
    assert not refused
    assert not [each.error for each in outcomes if each.error]
    return len(paths) * EACH / seconds


def _floor(paths: list[Path]) -> float:
    """The least that any import does, on one core: parse, hash, encrypt, write, fsync."""
    begun = time.perf_counter()
    with TemporaryDirectory() as folder:
        for path in paths:
            raw = path.read_bytes()
            orjson.loads(raw)
            sha256(raw).digest()
            body = ChaCha20Poly1305(token_bytes(32)).encrypt(token_bytes(12), raw, None)
            with (Path(folder) / path.name).open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
    return len(paths) * EACH / (time.perf_counter() - begun)


def _resident() -> int:
    """The most that this process had, and one core's helper at its largest, in bytes."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    other = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + other * len(os.sched_getaffinity(0))) * 1024
