"""The node's SQL: private tables, index tables, the work table; SQLite through SQLAlchemy 2."""

from salus.platform.database.engine import Database, open_database, open_memory
from salus.platform.database.errors import DatabaseBusy, DatabaseDamaged, UnknownJob
from salus.platform.database.index import Index, Projection
from salus.platform.database.migrate import create_all, migrate
from salus.platform.database.rebuild import Difference, rebuild
from salus.platform.database.tables import IndexTable, PrivateTable, index_tables
from salus.platform.database.worktable import Job, Ran, enqueue, run_due

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseDamaged",
    "Difference",
    "Index",
    "IndexTable",
    "Job",
    "PrivateTable",
    "Projection",
    "Ran",
    "UnknownJob",
    "create_all",
    "enqueue",
    "index_tables",
    "migrate",
    "open_database",
    "open_memory",
    "rebuild",
    "run_due",
]
