"""The index: rows that projections make of ledger events, and their replay."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine, create_engine, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool

from salus.platform.database.tables import IndexTable
from salus.platform.ledger import Block, Contracts, DecodedEvent, Ledger, follow

Projection = Callable[[Session, DecodedEvent], None]
Projections = Mapping[tuple[str, str], Projection]
"""By contract and event name."""


class Cursor(IndexTable):
    """How far the index has come."""

    __tablename__ = "index_cursor"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[bytes]


class SqlIndex:
    """The follower's index in a node's database."""

    def __init__(self, sessions: sessionmaker[Session], projections: Projections) -> None:
        self._sessions, self._projections = sessions, projections

    def cursor(self) -> int:
        with self._sessions() as session:
            return session.scalar(select(Cursor.number)) or 0

    def apply(self, events: Sequence[DecodedEvent], upto: Block) -> None:
        """Rows and cursor move in one transaction."""
        with self._sessions() as session, session.begin():
            for each in events:
                if projection := self._projections.get((each.contract, each.name)):
                    projection(session, each)
                    session.flush()
            session.merge(Cursor(id=1, number=upto.number, hash=upto.hash))


def rebuild(
    sessions: sessionmaker[Session],
    projections: Projections,
    ledger: Ledger,
    contracts: Contracts,
) -> dict[str, int]:
    """Replay the ledger into a fresh index, compare row by row, and take the fresh rows.

    Returns how many rows of each table differed; an empty answer means that none did.
    """
    fresh = _fresh()
    follow(ledger, contracts, SqlIndex(fresh, projections))
    differing = {}
    with sessions() as session, session.begin(), fresh() as other:
        for table in IndexTable.metadata.sorted_tables:
            old = {tuple(row) for row in session.execute(select(table))}
            new = {tuple(row) for row in other.execute(select(table))}
            if old != new:
                differing[table.name] = len(old ^ new)
                session.execute(delete(table))
                columns = [column.name for column in table.columns]
                rows = [dict(zip(columns, row, strict=True)) for row in new]
                if rows:
                    session.execute(insert(table), rows)
    return differing


def _fresh() -> sessionmaker[Session]:
    engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
    IndexTable.metadata.create_all(engine)
    return sessionmaker(engine, expire_on_commit=False)
