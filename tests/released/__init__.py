"""A database as the last release with schema 0002 left it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from connectors.database import Config

FOLDER = Path(__file__).parent


def restore(config: Config) -> None:
    """Fill an empty database with the release's rows; README.md says how they were made."""
    if config.database_url is None:
        with closing(sqlite3.connect(config.data_dir / "abi.db")) as connection:
            connection.executescript((FOLDER / "sqlite.sql").read_text())
    else:
        with psycopg.connect(config.database_url) as connection:
            connection.execute((FOLDER / "postgresql.sql").read_bytes())
