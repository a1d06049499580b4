"""The doors of resharing as their clients see them."""

from salus.kernel.documents import parse, text
from salus.rights.custody import messages as m
from salus.rights.custody.erasure.messages import Erased
from salus.rights.custody.peers import RemoteKeeper
from salus.rights.custody.resharing.messages import (
    Adopt,
    AskHoldings,
    AskSplit,
    Holdings,
    Join,
    Joined,
    Retire,
    Splits,
)


def holdings(keeper: RemoteKeeper, ask: AskHoldings) -> Holdings:
    return parse(Holdings, keeper.peer.post("/custody/holdings", text(ask)))


def split(keeper: RemoteKeeper, ask: AskSplit) -> Splits:
    return parse(Splits, keeper.peer.post("/custody/split", text(ask)))


def join(keeper: RemoteKeeper, ask: Join) -> Joined:
    return parse(Joined, keeper.peer.post("/custody/join", text(ask)))


def adopt(keeper: RemoteKeeper, ask: Adopt) -> m.Held:
    return parse(m.Held, keeper.peer.post("/custody/adopt", text(ask)))


def retire(keeper: RemoteKeeper, ask: Retire) -> Erased:
    return parse(Erased, keeper.peer.post("/custody/retire", text(ask)))
