"""One home for the tests of a file; each test makes its own people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.portal import Opened, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder: Path = tmp_path_factory.mktemp("portal")
    with opened(folder / "home") as made:
        yield made
