"""New databases whose tables are there: making them takes longer than most tests."""

import functools
import tempfile
from pathlib import Path

import psycopg

from connectors.database import schema
from connectors.database.config import Config
from connectors.database.engine import backend_for
from connectors.database.migrations import migrate


def make_tables(config: Config) -> None:
    """Bring a database up to date, and close it."""
    engine = backend_for(config).open()
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


def new_file(folder: Path) -> Config:
    """Put an empty SQLite file with all tables into a folder, and return where it is."""
    (folder / "abi.db").write_bytes(_new_file())
    return Config(folder)


@functools.cache
def _new_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        make_tables(Config(Path(folder)))
        return (Path(folder) / "abi.db").read_bytes()


def make_database(server_url: str, name: str) -> str:
    """Make a database with all tables on a PostgreSQL server, and return its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = server_url.replace("/postgres?", f"/{name}?")
    make_tables(Config(database_url=url))
    return url


def empty(url: str) -> None:
    """Empty the tables of a PostgreSQL database, and end whoever is still connected to it."""
    tables = (table.name for table in schema.metadata.sorted_tables if table is not schema.version)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(";".join(f"DELETE FROM {name}" for name in tables))  # noqa: S608  (ours)
