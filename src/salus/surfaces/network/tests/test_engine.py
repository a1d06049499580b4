"""Which programs are taken for the engine."""

from pathlib import Path

import pytest

from salus.surfaces.network.engine import BUILT, CLIENT, COMET, PROGRAMS, engine, version_of
from salus.surfaces.network.errors import EngineMissing, EngineVersion


def program(folder: Path, name: str, module: str, version: str) -> Path:
    """A file with the build information that Go writes."""
    place = folder / name
    place.write_bytes(
        b"\x7fELF\npath\tx\nmod\texample.org/" + f"{module}\t{version}\th1:\n".encode()
    )
    return place


def test_what_was_built_is_of_the_version_that_is_named() -> None:
    assert [each.version for each in PROGRAMS] == [
        version_of(BUILT / each.name, each.module) for each in PROGRAMS
    ]


def test_another_version_is_refused_with_both(tmp_path: Path) -> None:
    program(tmp_path, "cometbft", COMET.module, "v0.38.19")
    with pytest.raises(EngineVersion) as caught:
        engine(str(tmp_path))

    assert {"v0.38.19", "v0.38.21"} <= set(caught.value.shown().values())


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\nmod\texample.org/other\tv1\th1:\n"])
def test_what_is_not_that_program_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cometbft").write_bytes(content)
    with pytest.raises(EngineVersion):
        engine(str(tmp_path))


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    program(tmp_path, "cometbft", COMET.module, COMET.version)
    with pytest.raises(EngineMissing) as caught:
        engine(str(tmp_path))

    assert caught.value.details["program"] == CLIENT.name
