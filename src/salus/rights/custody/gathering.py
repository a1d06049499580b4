"""Group commit: questions that come while one batch is answered are answered in the next."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST = 64


class Gathering(Generic[Question, Answer]):
    """Whoever gets the turn answers for everybody who waits."""

    def __init__(self) -> None:
        self._turn, self._guard = Lock(), Lock()
        self._waiting: list[tuple[Question, Future[Answer]]] = []

    def ask(
        self, question: Question, answer_all: Callable[[Sequence[Question]], Sequence[Answer]]
    ) -> Answer:
        """The answer to one question; an error of `answer_all` is everybody's of its batch."""
        own: Future[Answer] = Future()
        with self._guard:
            self._waiting.append((question, own))
        with self._turn:
            while not own.done():
                self._answer(answer_all)
        return own.result()

    def _answer(self, answer_all: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        with self._guard:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            answers = answer_all([question for question, _ in batch])
        except BaseException as error:  # noqa: BLE001 - handed to everybody who waits
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
