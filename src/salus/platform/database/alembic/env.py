"""Run migrations on the connection that the caller opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True, version_table="schema_revision")
with context.begin_transaction():
    context.run_migrations()
