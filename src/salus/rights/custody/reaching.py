"""Whether enough keepers answer for a unit to be opened: what an operator watches."""

from collections.abc import Callable
from pathlib import Path

from salus.platform.observe.figures import Figure
from salus.platform.observe.health import Check, Finding
from salus.platform.work import Node
from salus.rights.custody.errors import TooFewShares
from salus.rights.custody.household import keepers_of
from salus.rights.custody.peers import Keepers, ask_all

LIMIT = 1_024  # bytes of the answer to "are you there"


def keepers_check(node: Node, home: Path) -> dict[str, Check]:
    """Those that new records get; they are asked for nothing but a sign of life."""
    return {"custodians": lambda: _reached(lambda: keepers_of(node, home))}


def _reached(find: Callable[[], Keepers]) -> Finding:
    keepers = find()
    answers, _ = ask_all(keepers.all(), lambda each: each.peer.get("/health", limit=LIMIT))
    gateway = keepers.gateway.name in answers
    reachable = len(answers) - gateway
    is_enough = gateway and reachable >= keepers.k
    return Finding(
        (
            Figure("salus_keepers_reachable", reachable),
            Figure("salus_keepers_needed", keepers.k),
            Figure("salus_keepers_gateway", float(gateway)),
        ),
        None if is_enough else TooFewShares.key(),
    )
