"""Many files at once: cores check and seal ahead, one process keeps, deals and announces in order.

What the cores do needs no lock: they read the database as it is and hand back sealed objects. A
patient who was changed meanwhile by an earlier file is prepared again.
"""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.platform.database import Database, open_in
from salus.platform.node import DATABASE
from salus.rights.records.errors import StaleRoot
from salus.rights.records.validation import get_ready
from salus.services.fhir.files import Document, Outline
from salus.services.fhir.intake import Intake, prepare
from salus.services.fhir.service import TOGETHER, Desk, announce, known_in, take

RARELY = 20_000  # values that may be made before the next look for cycles
SMALL = 4 * 2**20  # bytes below which starting processes costs more than it saves
AHEAD = 2  # documents prepared ahead for each core


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: its records, or the error that refused it."""

    document: Document
    records: tuple[RecordId, ...]
    error: SalusError | None


def import_documents(desk: Desk, home: Path, outlines: Iterable[Outline]) -> Iterator[Outcome]:
    """Take each document wholly or not at all; outcomes as they come, directories first."""
    waiting = list(outlines)
    urls = set[str]().union(*(each.urls for each in waiting))
    first = [each for each in waiting if each.is_directory]
    rest = [each for each in waiting if not each.is_directory]
    small = len(rest) < 2 or sum(each.size for each in waiting) < SMALL
    with closing(open_in(home, DATABASE)) as opened, _looking_rarely():
        for each in first:
            outcome = _outcome(desk, each.document, _here(desk, opened, each.document, urls), urls)
            if outcome.error is not None:  # then nobody can refer to what is in it
                urls -= each.urls
            yield outcome
        if small:
            for each in rest:
                yield _outcome(desk, each.document, _here(desk, opened, each.document, urls), urls)
        else:
            yield from _on_all_cores(desk, home, rest, urls)


def _on_all_cores(
    desk: Desk, home: Path, outlines: list[Outline], urls: set[str]
) -> Iterator[Outcome]:
    get_ready(outlines[0].types)  # once, before the cores divide: each would do it again
    documents = [each.document for each in outlines]
    with _cores(desk, home, urls) as (pool, window):
        for number, (document, intake) in enumerate(_ahead(pool, documents, window), start=1):
            yield _outcome(desk, document, intake, urls)
            if number % TOGETHER == 0:
                announce(desk)


def _outcome(
    desk: Desk, document: Document, intake: Callable[[], Intake], urls: set[str]
) -> Outcome:
    try:
        try:
            return Outcome(document, tuple(take(desk, intake())), None)
        except StaleRoot:
            with desk.node.reading() as session:
                again = prepare(document.resources(), known_in(session, desk), urls.__contains__)
            return Outcome(document, tuple(take(desk, again)), None)
    except SalusError as error:
        return Outcome(document, (), error)


Prepared = tuple[Document, Callable[[], Intake]]


def _here(
    desk: Desk, database: Database, document: Document, urls: set[str]
) -> Callable[[], Intake]:
    return partial(_prepare, desk, database, document, urls)


@contextmanager
def _cores(desk: Desk, home: Path, urls: set[str]) -> Iterator[tuple[ProcessPoolExecutor, int]]:
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, get_context("fork"), _open, (desk, home, urls)) as pool:
        yield pool, cores * AHEAD


@contextmanager
def _looking_rarely() -> Iterator[None]:
    """An import makes millions of values, few of them in cycles: looking for those costs more."""
    usual = gc.get_threshold()
    gc.set_threshold(RARELY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _ahead(pool: ProcessPoolExecutor, documents: list[Document], window: int) -> Iterator[Prepared]:
    """Keep a bounded number of documents in work, so that memory stays flat."""
    running: deque[tuple[Document, Future[Intake]]] = deque()
    for document in documents:
        running.append((document, pool.submit(_work, document)))
        if len(running) >= window:
            first, future = running.popleft()
            yield first, future.result
    for document, future in running:
        yield document, future.result


_worker: list[tuple[Desk, Database, set[str]]] = []


def _open(desk: Desk, home: Path, urls: set[str]) -> None:
    """What a core needs, of the desk only its key and its clock.

    The values of a document hold no cycles, so one looks for them only between documents.
    """
    gc.disable()
    gc.freeze()
    _worker.append((desk, open_in(home, DATABASE), urls))


def _work(document: Document) -> Intake:
    desk, database, urls = _worker[0]
    gc.collect()
    return _prepare(desk, database, document, urls)


def _prepare(desk: Desk, database: Database, document: Document, urls: set[str]) -> Intake:
    found = document.resources()
    with database.read() as session:
        return prepare(found, known_in(session, desk), urls.__contains__)
