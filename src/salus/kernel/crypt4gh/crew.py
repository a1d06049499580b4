"""Threads that share out numbered pieces of work; the caller's own thread is one of them.

Ciphers, hashes and file calls release the interpreter lock, so that threads are enough.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread

Progress = Callable[[int], None]  # told of so many more bytes, always in the caller's thread
Work = Callable[[int], int]  # does the piece of this number, answers its bytes


@dataclass(slots=True)
class _Crew:
    make: Callable[[], Work]
    pieces: Iterator[int]  # of a range: its step is atomic, so that each piece goes to one thread
    failures: list[BaseException] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    told: int = 0

    def work(self, progress: Progress | None = None) -> None:
        try:
            work = self.make()
            for piece in self.pieces:
                if self.failures:
                    return
                self.done.append(work(piece))
                self.tell(progress)
        except BaseException as failure:  # noqa: BLE001 - raised again in the caller's thread
            self.failures.append(failure)

    def tell(self, progress: Progress | None) -> None:
        if progress is not None and (news := self.done[self.told :]):
            self.told += len(news)
            progress(sum(news))

    def wait(self, thread: Thread) -> None:
        """The files stay open until nobody works on them, interrupted or not."""
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt as interrupt:
                self.failures.append(interrupt)


def share_out(
    count: int, make: Callable[[], Work], *, threads: int, progress: Progress | None
) -> None:
    """Do the pieces 0..`count`-1; `make` gives each thread its work with buffers of its own.

    Raises what the first failing piece raised, after every thread has stopped.
    """
    crew = _Crew(make, iter(range(count)))
    others = [Thread(target=crew.work) for _ in range(min(threads, count) - 1)]
    for other in others:
        other.start()
    crew.work(progress)
    for other in others:
        crew.wait(other)
    if crew.failures:
        raise crew.failures[0]
    crew.tell(progress)
