# ruff: noqa: INP001 - Alembic loads this file by its path
"""Runs migrations on the connection that the caller opened."""

from alembic import context

from salus.platform.capability import import_tables
from salus.platform.database.tables import IndexTable, PrivateTable

import_tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[PrivateTable.metadata, IndexTable.metadata],
    render_as_batch=True,
    include_object=context.config.attributes.get("include_object"),
)
context.run_migrations()
