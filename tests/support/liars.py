"""A node of the ledger that lies to whoever asks it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import orjson

from salus.platform.capability import merged
from salus.platform.database import SqlIndex, create_all, open_memory
from salus.platform.ledger import EmbeddedLedger, RpcLedger
from salus.platform.ledger.serve import ledger_app
from salus.platform.web.inside import Inside
from salus.platform.work import Node
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger
from tests.support.scene import Scene

Json = dict[str, Any]
Lie = Callable[[Json, Json], Json]
BLOCK, CALL, LOGS = "eth_getBlockByNumber", "eth_call", "eth_getLogs"
RECEIPT = "eth_getTransactionReceipt"


class Lying(Inside):
    """The chain of a scene, whose answers a test changes on their way."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        super().__init__(ledger_app(ledger))
        self.lie: Lie = honest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = orjson.loads(request.read())
        answers = orjson.loads(super().handle_request(request).content)
        said = [self.lie(one, other) for one, other in zip(asked, answers, strict=True)]
        return httpx.Response(200, content=orjson.dumps(said))


def honest(_: Json, answer: Json) -> Json:
    return answer


def about(method: str, change: Callable[[Any, Any], Any]) -> Lie:
    """Change the result of one method; `change(params, result)`."""

    def lie(asked: Json, answer: Json) -> Json:
        if asked["method"] != method or answer.get("result") is None:
            return answer
        return answer | {"result": change(asked["params"], answer["result"])}

    return lie


@contextmanager
def behind(stage: Scene) -> Iterator[tuple[RpcLedger, Lying]]:
    """The chain of a scene over JSON-RPC, through somebody who may lie."""
    chain = stage.node.ledger
    assert isinstance(chain, EmbeddedLedger)
    liar = Lying(chain)
    client = RpcLedger("http://localhost", relayer=chain._relayer, transport=liar)
    yield client, liar
    client.close()


def asking_it(stage: Scene, keeper: Keeper, client: RpcLedger) -> Keeper:
    """A keeper that sees the ledger through that node only."""
    return replace(keeper, ledger=CustodyLedger(replace(stage.node, ledger=client)), _log=None)


"""WHAT IS CHECKED"""


def apart(stage: Scene, client: RpcLedger) -> Node:
    """A node with an index of its own, which sees the ledger through that client only."""
    database = open_memory()
    create_all(database)
    index = SqlIndex(database.write, merged("projections"))
    return replace(stage.node, ledger=client, database=database, index=index)


def nth(at: int, nonsense: Any) -> Lie:
    """Only one answer is nonsense, so that all that come before it are passed."""
    left = [at]

    def lie(_: Json, answer: Json) -> Json:
        left[0] -= 1
        return answer | {"result": nonsense} if left[0] == 0 else answer

    return lie
