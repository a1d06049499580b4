"""What is looked at while a network under load is broken: that it goes on, and lost nothing."""

from salus.surfaces.network.asking import standing
from tests.support.loading import BATCH, Sender, blocks_of, lost
from tests.support.networked import Net, until


def heads(net: Net, *names: str) -> list[int]:
    return [standing(each).number for each in net.folders(*names)]


def more(senders: list[Sender], batches: int = 4) -> None:
    """Wait until every sender had so many batches more acknowledged."""
    goals = [len(each.acknowledged) + batches * BATCH for each in senders]
    until(
        lambda: all(len(s.acknowledged) >= goal for s, goal in zip(senders, goals, strict=True)),
        "writes go on",
    )


def grown(net: Net, name: str, blocks: int = 2) -> None:
    """Wait until a validator has some blocks more."""
    (before,) = heads(net, name)
    until(lambda: heads(net, name)[0] >= before + blocks, "blocks go on")


def all_ready(net: Net) -> bool:
    return all(standing(each).ready for each in net.folders())


def check(net: Net, senders: list[Sender]) -> None:
    """Nothing that was acknowledged is lost, and each validator has the same blocks."""
    until(lambda: all_ready(net), "all are ready")
    until(lambda: len(set(heads(net))) == 1, "all have as many blocks")
    (height,) = set(heads(net))
    names = [each.name for each in net.folders()]
    known = [blocks_of(net.url(name), height) for name in names]

    assert all(len(each.mined) == len(each.acknowledged) > 0 for each in senders)
    assert [[]] * len(names) == [lost(net, name, senders) for name in names]
    assert [known[0]] * len(names) == known
