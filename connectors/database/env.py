"""Alembic's environment: it runs on the connection and in the transaction of the caller."""

from alembic import context

from connectors.database.schema import metadata, version

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=version.name,
)
with context.begin_transaction():
    context.run_migrations()
