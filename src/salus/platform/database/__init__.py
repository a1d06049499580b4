"""SQL: one engine with the same promises everywhere, two kinds of tables, the index."""

from salus.platform.database.engine import Database, Sessions, open_database, open_memory
from salus.platform.database.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseVersion,
    KeyReplaced,
    StillRead,
)
from salus.platform.database.index import Projection, Projections, SqlIndex
from salus.platform.database.replay import Difference, rebuild
from salus.platform.database.schema import create_all, migrate
from salus.platform.database.scrubbing import scrub
from salus.platform.database.tables import IndexTable, PrivateTable

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseDamaged",
    "DatabaseVersion",
    "Difference",
    "IndexTable",
    "KeyReplaced",
    "PrivateTable",
    "Projection",
    "Projections",
    "Sessions",
    "SqlIndex",
    "StillRead",
    "create_all",
    "migrate",
    "open_database",
    "open_memory",
    "rebuild",
    "scrub",
]
