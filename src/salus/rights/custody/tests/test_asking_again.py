"""A block that comes while a keeper decides costs a second question and not the answer."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from salus.platform.ledger.errors import StateGone
from salus.platform.web import Peer, new_app
from salus.rights.custody.api import keeper_app
from salus.rights.custody.peers import AGAIN, RemoteKeeper
from tests.support.scene import scene


class Busy:
    """The door of c1 on a chain that moves on so many times while it decides."""

    def __init__(self, blocks: int) -> None:
        self.left, self.asked = blocks, 0
        app, honest = new_app("busy"), Peer.inside("c1", keeper_app(scene().c1))

        @app.post("/custody/shares")
        async def _shares(request: Request) -> Response:
            self.asked += 1
            if self.left:
                self.left -= 1
                raise StateGone(block=7)
            return Response(honest.post("/custody/shares", await request.body()))

        self.remote = RemoteKeeper(scene().keepers.custodians[0].member, Peer.inside("c1", app))


def test_a_keeper_is_asked_again_after_a_new_block() -> None:
    busy = Busy(2)
    released = busy.remote.shares(scene().asking().ask).released

    assert (len(released), busy.asked) == (1, 3)


def test_a_keeper_is_not_asked_for_ever() -> None:
    busy = Busy(AGAIN + 1)
    with pytest.raises(StateGone):
        busy.remote.shares(scene().asking().ask)

    assert busy.asked == AGAIN + 1
