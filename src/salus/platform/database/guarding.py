"""Rows that a database itself keeps from being changed: what its triggers refuse."""

from collections.abc import Sequence

from sqlalchemy import Connection


def only_grows(
    connection: Connection,
    table: str,
    *,
    order: str,
    fixed: Sequence[str],
    forgettable: str,
    why: str,
) -> None:
    """Rows of a new table come in the order of a column and stay, and `fixed` never changes.

    Only `forgettable` may be set to NULL, and never back. `why` is a few plain words.
    """
    statements = _server if connection.dialect.name == "postgresql" else _file
    for statement in statements(table, order, fixed, forgettable, why):
        connection.exec_driver_sql(statement)


def _file(
    table: str, order: str, fixed: Sequence[str], forgettable: str, why: str
) -> tuple[str, ...]:
    """The first also holds against INSERT OR REPLACE, which deletes without asking the second."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    later = f"EXISTS (SELECT 1 FROM {table} WHERE {order} >= NEW.{order})"  # noqa: S608
    changed = " OR ".join(f"NEW.{each} IS NOT OLD.{each}" for each in fixed)
    when = f"WHEN NEW.{forgettable} IS NOT NULL OR {changed}"
    return (
        f"CREATE TRIGGER {table}_only_grows BEFORE INSERT ON {table} WHEN {later} {refuse}",
        f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_stays_as_it_is BEFORE UPDATE ON {table} {when} {refuse}",
    )


def _server(
    table: str, order: str, fixed: Sequence[str], forgettable: str, why: str
) -> tuple[str, ...]:
    """As above; a condition of PostgreSQL asks no table, so the function asks it."""
    refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';"
    later = f"EXISTS (SELECT 1 FROM {table} WHERE {order} >= NEW.{order})"  # noqa: S608
    changed = " OR ".join(f"NEW.{each} IS DISTINCT FROM OLD.{each}" for each in fixed)
    when = f"FOR EACH ROW WHEN (NEW.{forgettable} IS NOT NULL OR {changed}) EXECUTE FUNCTION"
    only, stays = f"{table}_only_grows", f"{table}_stays"
    body = f"BEGIN IF {later} THEN {refuse} END IF; RETURN NEW; END"
    runs = "FOR EACH ROW EXECUTE FUNCTION"
    return (
        f"CREATE FUNCTION {only}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE FUNCTION {stays}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
        f"CREATE TRIGGER {only} BEFORE INSERT ON {table} {runs} {only}()",
        f"CREATE TRIGGER {stays} BEFORE DELETE ON {table} {runs} {stays}()",
        f"CREATE TRIGGER {table}_as_it_is BEFORE UPDATE ON {table} {when} {stays}()",
        f"CREATE TRIGGER {table}_is_filled BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {stays}()",
    )
