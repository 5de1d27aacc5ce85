"""What Alembic runs: the changes, on the connection and in the transaction it was given."""

from alembic import context

from connectors.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="jobs_version",
)
with context.begin_transaction():
    context.run_migrations()
