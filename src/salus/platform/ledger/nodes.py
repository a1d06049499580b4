"""The nodes of a network as one: the own one first, or what enough of the others agree on."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx

from salus.kernel.errors import SalusError
from salus.platform.ledger.agreement import (
    BLOCK,
    Undecided,
    is_tagged,
    may_differ,
    merged,
    taken,
)
from salus.platform.ledger.endpoint import Endpoint, Identity
from salus.platform.ledger.errors import (
    LedgerBehind,
    LedgerFailed,
    LedgersDisagree,
    LedgerUnreachable,
    TooFewNodes,
)
from salus.platform.ledger.wire import Failure, Request, was_not_sent
from salus.platform.observe import log

Batch = Sequence[Request]
_PATIENCE = 0.3  # seconds for who is slower than those that are enough


@dataclass(frozen=True, slots=True)
class Network:
    """Where a ledger answers. `own`: the first endpoint is this organization's node."""

    endpoints: tuple[str, ...]
    own: bool = True
    agreement: int = 2
    lag_seconds: int = 30


class Nodes:
    """The own node is believed alone; of the others, `agreement` must say the same.

    Raises TooFewNodes.
    """

    def __init__(self, network: Network, transport: httpx.BaseTransport | None = None) -> None:
        if not network.own and len(network.endpoints) < network.agreement:
            raise TooFewNodes(count=len(network.endpoints), agreement=network.agreement)
        every = [Endpoint(url, transport) for url in network.endpoints]
        self._agreement = network.agreement
        self._every, self._own = every, every[0] if network.own else None
        self._others = every[1:] if network.own else every

    @property
    def url(self) -> str:
        return self._every[0].url

    @property
    def by_agreement(self) -> bool:
        """Whether others are asked at present, who need not have what was seen before."""
        return self._own is None or (self._can_agree and not self._own.is_up)

    @property
    def _can_agree(self) -> bool:
        return len(self._others) >= self._agreement

    def expect(self, identity: Identity) -> None:
        """From now on, no node of another chain counts; the own one was just asked."""
        for each in self._every:
            each.identity = identity
        if self._own is not None and self._own.is_up:
            self._own.is_proven = True

    # ASKING

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one request. Raises as `all`."""
        return self.all([Request(method, params)])[0]

    def all(self, requests: Batch) -> list[Any]:
        """The results. Raises LedgerFailed, LedgerUnreachable, LedgersDisagree, WrongChain."""
        return list(self._sound(requests, self.attempt(requests)))

    def _sound(self, requests: Batch, answers: Sequence[Any]) -> Iterator[Any]:
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Failure):
                raise self.failed(request.method, answer.message)
            yield self.decided(answer)

    def decided(self, answer: Any) -> Any:
        """Raises LedgersDisagree for an answer on which not enough nodes agree."""
        if isinstance(answer, Undecided):
            raise LedgersDisagree(method=answer.method, agreement=self._agreement)
        return answer

    def attempt(self, requests: Batch) -> list[Any]:
        """The results in order, with a Failure or Undecided in the place of what is none.

        All of them are from the same node, or from the same nodes.
        """
        if not requests:
            return []
        if self._own is not None and (self._own.is_up or not self._can_agree):
            try:
                return self._own.attempt(requests)
            except LedgerUnreachable as error:
                if not self._can_agree:
                    raise
                self._leave(error.key())
        return self._agreed(requests)

    def elsewhere(self, requests: Batch) -> list[Any] | None:
        """What the others agree on; None where they are too few, or do not."""
        if self._own is None or not self._can_agree:
            return None
        try:
            return list(self._sound(requests, self._agreed(requests)))
        except SalusError:
            return None

    def _agreed(self, requests: Batch) -> list[Any]:
        answers = self._gather(requests, lambda each: is_enough(requests, each, self._agreement))
        if len(answers) < self._agreement:
            raise LedgerUnreachable(url=self._others[0].url)
        found = [
            merged(request, [each[at] for each in answers], self._agreement)
            for at, request in enumerate(requests)
        ]
        return self._confirmed(requests, found)

    def _confirmed(self, requests: Batch, found: list[Any]) -> list[Any]:
        """Nodes stand at different blocks: the one that enough have reached is asked by number."""
        places = [
            at
            for at, request in enumerate(requests)
            if is_tagged(request) and isinstance(found[at], dict)
        ]
        if places:
            again = [Request(BLOCK, (found[at]["number"], False)) for at in places]
            for at, header in zip(places, self._agreed(again), strict=True):
                found[at] = header
        return found

    def _gather(
        self, requests: Batch, is_enough: Callable[[list[list[Any]]], bool]
    ) -> list[list[Any]]:
        """The answers of the others, each a list, until they are enough.

        Where nodes stand at different blocks, the rest has a moment more, lest two that are slow
        to see blocks decide what is final. Those that rest are asked where the others do not do.
        """
        up = [each for each in self._others if each.is_up]
        resting = [each for each in self._others if each not in up]
        is_patient = any(map(may_differ, requests))
        answers: list[list[Any]] = []
        for group in (up, resting):
            left = {each.begin(requests) for each in group}
            while left and (is_patient or not is_enough(answers)):
                seconds = _PATIENCE if is_enough(answers) else None
                done, left = wait(left, seconds, FIRST_COMPLETED)
                if not done:
                    break
                answers += [each.result() for each in done if _has_answered(each)]
            if is_enough(answers):
                break
        return answers

    # SENDING

    def send(self, requests: Batch) -> list[Any]:
        """To the own node, or to as many others as must agree; None where nobody knows.

        Raises LedgerUnreachable when it is certain that no node has read anything.
        """
        try:
            if self._own is not None and (self._own.is_up or not self._can_agree):
                return self._own.attempt(requests)
        except LedgerUnreachable as error:
            if not self._others:
                return self._lost(requests, error)
        except LedgerFailed:
            return [None] * len(requests)
        answers = self._gather(requests, lambda each: len(each) >= self._agreement)
        if not answers:
            return [None] * len(requests)
        return [taken([each[at] for each in answers]) for at in range(len(requests))]

    def _lost(self, requests: Batch, error: LedgerUnreachable) -> list[Any]:
        if was_not_sent(error):
            raise error
        return [None] * len(requests)

    # MISTRUST

    def leave_own(self) -> None:
        """Ask the others for a while, because the own node is behind."""
        if self._own is not None:
            self._own.rest()
            self._leave(LedgerBehind.key())

    def _leave(self, why: str) -> None:
        log("ledger-left", level="warning", peer=self.url, error=why)

    def reading(self, method: str) -> AbstractContextManager[None]:
        """What a node says need not be what the standard says. Raises LedgerFailed where not."""
        return self._every[0].wire.reading(method)

    def failed(self, method: str, reason: str) -> LedgerFailed:
        return self._every[0].wire.failed(method, reason)

    def close(self) -> None:
        for each in self._every:
            each.close()


def is_enough(requests: Batch, answers: Sequence[list[Any]], agreement: int) -> bool:
    """Whether each request has an answer that so many nodes give."""
    return len(answers) >= agreement and not any(
        isinstance(merged(request, [each[at] for each in answers], agreement), Undecided)
        for at, request in enumerate(requests)
    )


def _has_answered(future: "Future[list[Any]]") -> bool:
    """Whether there is an answer. Raises what is no trouble of the node."""
    error = future.exception()
    if error is not None and not isinstance(error, SalusError):
        raise error
    return error is None
