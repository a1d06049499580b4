"""Keys of a small record on their way to five custodians who were not here before."""

import pytest

from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.tests.moving import admitted, some, wish
from tests.support.scene import scene


@pytest.fixture
def move() -> Move:
    stage = scene()
    return wish(stage, stage.record(), admitted(stage, some()))
