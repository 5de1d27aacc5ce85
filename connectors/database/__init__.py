"""The database that everything is kept in: SQLite in a file, or a PostgreSQL server."""

from connectors.database.config import URL_ENV, Config, is_available, load_from_env, try_load
from connectors.database.errors import DatabaseUnavailable, NewerDatabase
from connectors.database.preflight import unusable
from connectors.database.state import DatabaseState, state
from connectors.database.values import InvalidValue

__all__ = [
    "URL_ENV",
    "Config",
    "DatabaseState",
    "DatabaseUnavailable",
    "InvalidValue",
    "NewerDatabase",
    "is_available",
    "load_from_env",
    "state",
    "try_load",
    "unusable",
]
