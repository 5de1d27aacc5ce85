"""The schema of a database, brought up to date when it is opened."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from connectors.database import schema
from connectors.database.errors import NewerDatabase
from connectors.database.versions import HEAD, is_newer

# The key of PostgreSQL's advisory lock; every version of Abi must use the same.
_LOCK: Final = 0x616269


def migrate(connection: Connection) -> None:
    """Bring the schema up to date in one transaction. Raises NewerDatabase.

    Of several processes that start at once, one does the work and the others wait.
    """
    with connection.begin():  # on SQLite this takes the write lock
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    found = inspect(connection)
    if found.has_table(schema.version.name):
        version = connection.execute(select(schema.version.c.version_num)).scalar()
        if version is not None and is_newer(version):
            raise NewerDatabase
        if version != HEAD:
            upgrade(connection)
    elif any(found.has_table(name) for name in schema.metadata.tables):
        upgrade(connection)
    else:
        _create(connection)


def _create(connection: Connection) -> None:
    """Create every table at once: Alembic takes 12 MiB and a fifth of a second to load."""
    schema.metadata.create_all(connection, checkfirst=False)
    for statement in schema.PARTIAL_INDEXES:
        connection.execute(text(statement))
    connection.execute(schema.version.insert().values(version_num=HEAD))


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database lacks, in the transaction of the caller."""
    if connection.dialect.name == "postgresql":  # an index of a large table takes its time
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    # Imported here for the same reason: most starts find nothing to do.
    from alembic import command
    from alembic import config as alembic

    config = alembic.Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
