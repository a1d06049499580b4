"""A keeper of a scene on a store in a file, where it can be stopped, damaged and looked into."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from salus.kernel.merkle import Frontier
from salus.platform.database import open_database
from salus.rights.custody import messages as m
from salus.rights.custody.gathering import Gathering
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Kept
from salus.rights.custody.tables import LogLeaf


def filed(keeper: Keeper, place: Path) -> Path:
    """What a keeper keeps in memory, as a file."""
    with closing(sqlite3.connect(place)) as file:
        source = keeper.database.engine.raw_connection()
        source.driver_connection.backup(file)  # type: ignore[union-attr]
        source.close()
    return place


def started(keeper: Keeper, store: Path) -> Keeper:
    """The same party as it starts on a store; it remembers nothing else."""
    database = open_database(store)
    return replace(keeper, database=database, kept=Kept(), queue=Gathering(), _log=None, _asked={})


def leaves_of(keeper: Keeper) -> tuple[bytes, ...]:
    """The leaf hashes of its log, in order."""
    with keeper.reading() as session:
        return tuple(session.scalars(select(LogLeaf.leaf).order_by(LogLeaf.position)))


def continues(leaves: tuple[bytes, ...], keeper: Keeper, receipt: m.Receipt) -> bool:
    """Whether a receipt belongs to the log that there was, longer by its own leaf."""
    log, now = Frontier(), leaves_of(keeper)
    for leaf in now[: receipt.log_size]:
        log.append(leaf)
    return now[: len(leaves)] == leaves and log.root() == receipt.log_root
