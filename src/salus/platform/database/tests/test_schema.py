"""Databases reach the tables of this release whole or not at all."""

from pathlib import Path

import pytest
from sqlalchemy import text

from salus.platform.database import Database, DatabaseVersion, migrate, open_database
from salus.platform.database.schema import version_locations

FIRST = '''
"""Make cups."""
from alembic import op
import sqlalchemy as sa
revision = "tea_1"
down_revision = None
branch_labels = ("tea",)

def upgrade():
    op.create_table("tea_cup", sa.Column("number", sa.Integer, primary_key=True))
'''
SECOND = '''
"""Make pots, and break."""
from alembic import op
import sqlalchemy as sa
revision = "tea_2"
down_revision = "tea_1"

def upgrade():
    op.create_table("tea_pot", sa.Column("number", sa.Integer, primary_key=True))
    {then}
'''


def tables(database: Database) -> set[str]:
    with database.read() as session:
        rows = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return {row.name for row in rows}


def branch(folder: Path, monkeypatch: pytest.MonkeyPatch, *revisions: str) -> None:
    folder.mkdir(exist_ok=True)
    for number, revision in enumerate(revisions, start=1):
        (folder / f"{number:04d}_step.py").write_text(revision)
    monkeypatch.setattr(
        "salus.platform.database.schema.version_locations", lambda _branches=None: [folder]
    )


def test_every_revision_is_applied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(tmp_path / "node.db")
    branch(tmp_path / "tea", monkeypatch, FIRST)
    migrate(database)
    before = tables(database)
    branch(tmp_path / "tea", monkeypatch, FIRST, SECOND.format(then="pass"))
    migrate(database)
    migrate(database)

    assert before == {"alembic_version", "tea_cup"}
    assert tables(database) == before | {"tea_pot"}
    database.close()


def test_a_revision_that_breaks_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(tmp_path / "node.db")
    branch(tmp_path / "tea", monkeypatch, FIRST, SECOND.format(then="raise RuntimeError('torn')"))
    with pytest.raises(RuntimeError, match="torn"):
        migrate(database)

    assert tables(database) == set()
    database.close()


def test_a_database_of_a_later_release_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(tmp_path / "node.db")
    branch(tmp_path / "tea", monkeypatch, FIRST, SECOND.format(then="pass"))
    migrate(database)
    branch(tmp_path / "older", monkeypatch, FIRST)
    with pytest.raises(DatabaseVersion):
        migrate(database)

    assert "tea_pot" in tables(database)
    database.close()


def test_a_custodian_gets_the_tables_of_custody_only() -> None:
    places = version_locations(["salus.rights.custody"])

    assert [place.parent.name for place in places] == ["database", "custody"]
