"""A look at the database before anything is begun, without the packages that the ledger needs."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from connectors.local_scheduler import trouble
from connectors.local_scheduler.address import Address, parse
from connectors.local_scheduler.config import Config
from connectors.local_scheduler.trouble import Trouble

HEAD: Final = "0002"  # the newest in schema/versions/
_WAIT_S = 5
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'jobs_version'"
_VERSION = "SELECT version_num FROM jobs_version"


def unusable(config: Config) -> str | None:
    """Return why this database can never be used, and what to do; None where it can, or may be only away.

    Blocks for some seconds at most where a server does not answer.
    """
    address = parse(config.database_url) if config.database_url else None
    if isinstance(address, Address):
        found = _look_at_server(address, config.url_env)
    else:
        found = None if config.file is None else _look_at_file(config.file)
    return found.sentence if found is not None and found.mend else None


def is_newer(version: str) -> bool:
    """Return whether a version of the tables is one that this program does not know yet: they are numbered."""
    return version > HEAD


def _look_at_file(path: Path) -> Trouble | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_table = connection.execute(_HAS_TABLE).fetchone()
            found = connection.execute(_VERSION).fetchone() if has_table else None
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as error:
        return trouble.of_sqlite(error, path)
    return trouble.of_newer(str(path)) if found and is_newer(found[0]) else None


def _look_at_server(address: Address, variable: str) -> Trouble | None:
    import psycopg  # only where it is needed

    try:
        with psycopg.connect(address.url, connect_timeout=_WAIT_S, autocommit=True) as connection:
            [has_table, may_create] = connection.execute(
                "SELECT to_regclass('jobs_version') IS NOT NULL,"
                " has_schema_privilege(current_schema(), 'CREATE')"
            ).fetchone() or (False, False)
            found = connection.execute(_VERSION).fetchone() if has_table else None
    except psycopg.Error as error:
        return trouble.of_postgres(error, address.where, variable)
    if found and is_newer(found[0]):
        return trouble.of_newer(f"the database at {address.where}")
    if has_table or may_create:
        return None
    return trouble.of_code("3F000" if may_create is None else "42501", address.where, variable)
