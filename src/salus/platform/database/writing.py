"""Writing many rows at once where some may be there already, in each kind of database."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Rows = Sequence[Mapping[str, Any]]
_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_POSITIONAL: dict[str, Callable[[], Dialect]] = {
    "sqlite": sqlite.dialect,
    "postgresql": partial(postgresql.dialect, paramstyle="format"),
}


def insert_missing(session: Session, table: type[DeclarativeBase], rows: Rows) -> None:
    """Rows that are there already stay as they are."""
    statement = _insert(_kind(session), table).on_conflict_do_nothing()
    session.connection().execute(statement, rows)


def insert_or_replace(session: Session, table: type[DeclarativeBase], rows: Rows) -> None:
    """A row with the same primary key is overwritten wholly."""
    columns = [column.name for column in table.__table__.columns]
    key = tuple(column.name for column in table.__table__.primary_key)
    changing = tuple(name for name in columns if name not in key)
    session.connection().execute(_upsert(_kind(session), table, key, changing), rows)


class Upsert:
    """Insert rows, or change `changing` of those with the same `key`.

    Its text is written once: for thousands of rows the general statement costs more than SQLite.
    """

    def __init__(
        self, table: type[DeclarativeBase], key: Sequence[str], changing: Sequence[str]
    ) -> None:
        self._table, self._key, self._changing = table, tuple(key), tuple(changing)

    def __call__(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """`rows` have a value for each column of the table, in their order."""
        if rows:
            text = _text(_kind(session), self._table, self._key, self._changing)
            session.connection().exec_driver_sql(text, list(rows))


@cache
def _text(
    kind: str, table: type[DeclarativeBase], key: tuple[str, ...], changing: tuple[str, ...]
) -> str:
    return str(_upsert(kind, table, key, changing).compile(dialect=_POSITIONAL[kind]()))


def _upsert(
    kind: str, table: type[DeclarativeBase], key: Sequence[str], changing: Sequence[str]
) -> Any:
    statement = _insert(kind, table)
    if not changing:
        return statement.on_conflict_do_nothing()
    excluded = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={name: excluded[name] for name in changing}
    )


def _insert(kind: str, table: type[DeclarativeBase]) -> Any:
    return _INSERTS[kind](table)


def _kind(session: Session) -> str:
    return session.get_bind().dialect.name
