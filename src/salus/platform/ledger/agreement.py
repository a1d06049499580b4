"""What several nodes say, brought to one answer: that which enough of them give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from salus.platform.ledger.wire import Failure, Request, to_int

BLOCK = "eth_getBlockByNumber"
_COUNTED = ("eth_getTransactionCount", "eth_gasPrice")
_LOG = ("address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex")
_RECEIPT = ("transactionHash", "status", "blockNumber", "blockHash", "gasUsed")
_EXTRA = "revertReason"
_MEMBERS = {
    BLOCK: ("number", "hash", "timestamp"),
    "eth_getTransactionByHash": ("hash", "blockNumber", "from", "to", "input", "gas"),
    "debug_traceTransaction": ("output",),
}


@dataclass(frozen=True, slots=True)
class Undecided:
    """In the place of an answer that not enough nodes give."""

    method: str


def is_tagged(request: Request) -> bool:
    """Whether it asks for a block that is another one at each node: the newest, the last final."""
    return request.method == BLOCK and not str(request.params[0]).startswith("0x")


def may_differ(request: Request) -> bool:
    """Whether honest nodes may give different answers, since each stands at a block of its own."""
    return is_tagged(request) or request.method in _COUNTED


def merged(request: Request, answers: Sequence[Any], agreement: int) -> Any:
    """The answer that `agreement` nodes give; of numbers the highest that so many have reached."""
    if request.method in _COUNTED:
        return _reached(request.method, answers, agreement)
    if is_tagged(request):
        return _reached_block(request.method, answers, agreement)
    said = [_essence(request.method, each) for each in answers]
    for essence, answer in zip(said, answers, strict=True):
        if said.count(essence) >= agreement:
            return _without_extras(answer, answers, agreement)
    return Undecided(request.method)


def taken(answers: Sequence[Any]) -> Any:
    """Of a transaction that went to several nodes: its hash if one took it."""
    return next((each for each in answers if isinstance(each, str)), answers[0])


def _reached(method: str, answers: Sequence[Any], agreement: int) -> Any:
    found = sorted(filter(_is_number, answers), key=to_int, reverse=True)
    return found[agreement - 1] if len(found) >= agreement else Undecided(method)


def _reached_block(method: str, answers: Sequence[Any], agreement: int) -> Any:
    """A header of which only the number counts: ask for the block of that number next."""
    headers = [
        each for each in answers if isinstance(each, dict) and _is_number(each.get("number"))
    ]
    headers.sort(key=lambda header: to_int(header["number"]), reverse=True)
    return headers[agreement - 1] if len(headers) >= agreement else Undecided(method)


def _is_number(answer: Any) -> bool:
    try:
        to_int(answer)
    except ValueError:
        return False
    return True


def _essence(method: str, answer: Any) -> bytes:
    """What must be the same: nodes of several makes add members of their own."""
    if isinstance(answer, Failure):
        found: Any = ["failure", answer.body.hex()]
    elif method == "eth_getTransactionReceipt" and isinstance(answer, dict):
        logs = answer.get("logs")
        events = [_only(_LOG, log) for log in logs] if isinstance(logs, list) else logs
        found = [_only(_RECEIPT, answer), events]
    elif method == "eth_getLogs" and isinstance(answer, list):
        found = [_only(_LOG, log) for log in answer]
    else:
        found = _only(_MEMBERS.get(method, ()), answer)
    return orjson.dumps(found, default=str).lower()


def _without_extras(answer: Any, answers: Sequence[Any], agreement: int) -> Any:
    """Without the one member that not every node adds, unless enough of them say the same."""
    if not isinstance(answer, dict) or _EXTRA not in answer:
        return answer
    said = [each.get(_EXTRA) for each in answers if isinstance(each, dict)]
    if said.count(answer[_EXTRA]) >= agreement:
        return answer
    return {name: value for name, value in answer.items() if name != _EXTRA}


def _only(members: Sequence[str], found: Any) -> Any:
    return [found.get(name) for name in members] if members and isinstance(found, dict) else found
