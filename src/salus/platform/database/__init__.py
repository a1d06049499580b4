"""SQL: one engine with the same promises everywhere, two kinds of tables, the index."""

from salus.platform.database.engine import Sessions, memory_sessions, open_sessions
from salus.platform.database.index import Projection, SqlIndex, rebuild
from salus.platform.database.tables import IndexTable, PrivateTable

__all__ = [
    "IndexTable",
    "PrivateTable",
    "Projection",
    "Sessions",
    "SqlIndex",
    "memory_sessions",
    "open_sessions",
    "rebuild",
]
