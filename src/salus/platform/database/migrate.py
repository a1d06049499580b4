"""Bring a database to the tables of this release: one Alembic branch for each capability."""

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from salus.platform.capability import folders, import_tables
from salus.platform.database.engine import Database
from salus.platform.database.errors import DatabaseVersion
from salus.platform.database.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "alembic"


def create_all(database: Database) -> None:
    """The tables of this release without a history, for a database that lives in memory."""
    import_tables()
    METADATA.create_all(database.engine)


def migrate(database: Database) -> None:
    """Upgrade every branch to its head; twice is once. Raises DatabaseVersion.

    A database that has seen the same migrations is left alone without loading Alembic.
    """
    mark = _fingerprint(version_locations())
    with database.read() as session:
        if session.connection().exec_driver_sql("PRAGMA user_version").scalar() == mark:
            return
    _upgrade(database)
    with database.write() as session, session.begin():
        session.connection().exec_driver_sql(f"PRAGMA user_version={mark}")


def _upgrade(database: Database) -> None:
    from alembic import command  # noqa: PLC0415 - half a second that few commands need
    from alembic.util import CommandError  # noqa: PLC0415

    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "heads")
        except CommandError as error:
            name = str(database.engine.url.database)
            raise DatabaseVersion(database=name) from error


def alembic_config() -> "Config":
    """Alembic's configuration, with the branches that are installed."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _escaped(str(_SCRIPTS)))
    config.set_main_option("path_separator", "os")
    places = os.pathsep.join(str(folder) for folder in version_locations())
    config.set_main_option("version_locations", _escaped(places))
    return config


def version_locations() -> list[Path]:
    """`migrations/` of each capability and of the platform, where it exists."""
    candidates = (folder / "migrations" for folder in _branches())
    return [folder for folder in candidates if folder.is_dir()]


def _branches() -> Iterator[Path]:
    yield Path(__file__).parent
    yield from folders()


def _fingerprint(places: Iterable[Path]) -> int:
    names = sorted(file.name for place in places for file in place.glob("*.py"))
    return zlib.crc32("\n".join(names).encode()) >> 1


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
