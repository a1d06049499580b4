"""The index: rows made from the ledger's events, and how far they go."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.platform.database.engine import READS, Sessions
from salus.platform.database.errors import EventsMissing
from salus.platform.database.tables import IndexTable
from salus.platform.ledger import Block, DecodedEvent

Projection = Callable[[Session, DecodedEvent], None]
"""Writes the index rows of one event. It reads nothing but index tables."""
Projections = Mapping[tuple[str, str], Projection]
"""By contract and event: `("ConsentRegistry", "GrantLive")`."""

BEFORE_GENESIS = -1


class IndexCursor(IndexTable):
    """The last block whose events are in the index."""

    __tablename__ = "platform_index_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    block: Mapped[int]


class SqlIndex:
    """What the follower writes to: rows and cursor move in one transaction."""

    def __init__(self, sessions: Sessions, projections: Projections) -> None:
        self._sessions = sessions
        self.projections = projections

    def cursor(self) -> int:
        """The number of the last block applied, -1 for none."""
        with self._sessions() as session:
            session.connection(execution_options={READS: True})
            return cursor_of(session)

    def apply(self, events: Sequence[DecodedEvent], upto: Block) -> None:
        """Project events that follow the cursor; those that do not are skipped.

        Raises EventsMissing, and applies none of them, where one speaks of what no event made.
        """
        self._apply(events, upto.number)

    def _apply(self, events: Sequence[DecodedEvent], last: int) -> None:
        try:
            with self._sessions() as session, session.begin():
                self._project(session, events, last)
        except (NoResultFound, IntegrityError) as error:
            raise EventsMissing(block=last) from error

    def _project(self, session: Session, events: Sequence[DecodedEvent], last: int) -> None:
        known = cursor_of(session)
        if last <= known:
            return
        for event in events:
            project = self.projections.get((event.contract, event.name))
            if project is not None and known < event.block.number <= last:
                project(session, event)
        session.merge(IndexCursor(name="ledger", block=last))


def cursor_of(session: Session) -> int:
    row = session.get(IndexCursor, "ledger")
    return BEFORE_GENESIS if row is None else row.block
