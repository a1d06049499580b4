"""SQL: one engine with the same promises everywhere, two kinds of tables, the index."""

from salus.platform.database.election import elected
from salus.platform.database.engine import Database, Sessions, open_database, open_memory
from salus.platform.database.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseUnreachable,
    DatabaseVersion,
    KeyReplaced,
    StillRead,
)
from salus.platform.database.index import Projection, Projections, SqlIndex
from salus.platform.database.places import claim, open_in
from salus.platform.database.replay import Difference, rebuild
from salus.platform.database.schema import create_all, migrate
from salus.platform.database.scrubbing import scrub
from salus.platform.database.tables import IndexTable, PrivateTable
from salus.platform.database.writing import Upsert, insert_missing, insert_or_replace

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseDamaged",
    "DatabaseUnreachable",
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
    "Upsert",
    "claim",
    "create_all",
    "elected",
    "insert_missing",
    "insert_or_replace",
    "migrate",
    "open_database",
    "open_in",
    "open_memory",
    "rebuild",
    "scrub",
]
