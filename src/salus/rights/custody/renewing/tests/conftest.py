"""Custodians and the gateway decide by the same rules: each is asked."""

import pytest

from salus.rights.custody.keeper import Keeper
from tests.support.scene import keeper_of, scene


@pytest.fixture(params=["c1", "gateway"])
def keeper(request: pytest.FixtureRequest) -> Keeper:
    found = {each.name: keeper_of(each) for each in scene().keepers.all()}
    return found[request.param]
