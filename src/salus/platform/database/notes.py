"""What is written down about a whole store: which migrations it has seen, and whose it is.

SQLite has a number in the head of its file for that, PostgreSQL a comment on the schema.
"""

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy.orm import Session

from salus.platform.database.engine import Database

_ASKED = "SELECT obj_description(to_regnamespace(quote_ident(current_schema())), 'pg_namespace')"


@dataclass(frozen=True, slots=True)
class SchemaNote:
    """`home` is the random name of a home, `tables` the fingerprint of its migrations."""

    home: str
    tables: int = 0


def seen(session: Session) -> int:
    """The fingerprint of the migrations that the store has seen, 0 at first."""
    if session.get_bind().dialect.name == "sqlite":
        return int(session.connection().exec_driver_sql("PRAGMA user_version").scalar() or 0)
    note = note_of(session)
    return note.tables if note else 0


def remember(session: Session, tables: int) -> None:
    """In the transaction of the session."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql(f"PRAGMA user_version={tables}")
        return
    write_note(session, replace(note_of(session) or SchemaNote(""), tables=tables))


def note_of(session: Session) -> SchemaNote | None:
    """None where there is no schema; a schema that somebody else made is nobody's."""
    connection = session.connection()
    if connection.exec_driver_sql("SELECT current_schema()").scalar() is None:
        return None
    return _read(connection.exec_driver_sql(_ASKED).scalar())


def _read(text: str | None) -> SchemaNote:
    try:
        return SchemaNote(**json.loads(text or "{}"))
    except (ValueError, TypeError):
        return SchemaNote("")


def make_schema(database: Database, name: str, note: SchemaNote) -> SchemaNote:
    """Make the schema unless another process did it meanwhile; the note that is on it."""
    with database.write() as session, session.begin():
        found = note_of(session)
        if found is not None:
            return found
        session.connection().exec_driver_sql(f'CREATE SCHEMA "{name}"')
        write_note(session, note)
        return note


def schemas_of(session: Session, home: str) -> set[str]:
    """The schemas at the server that are stores of a home."""
    asked = "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace"
    rows = session.connection().exec_driver_sql(asked).all()
    return {str(name) for name, text in rows if _read(text).home == home}


def write_note(session: Session, note: SchemaNote) -> None:
    """On the schema that the session is in.

    A comment takes no parameters: hexadecimal digits and a number need no quoting.
    """
    schema = session.connection().exec_driver_sql("SELECT current_schema()").scalar_one()
    assert not set(note.home) - set("0123456789abcdef"), "it was made by `claim`"
    text = json.dumps(asdict(note))
    session.connection().exec_driver_sql(f"""COMMENT ON SCHEMA "{schema}" IS '{text}'""")
