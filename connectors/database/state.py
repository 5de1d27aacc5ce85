"""The state of a database, read without changing anything in it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from connectors.database import errors
from connectors.database.address import Address
from connectors.database.config import Config
from connectors.database.errors import Trouble
from connectors.database.preflight import TABLES, VERSION, of_tables

WAIT_S = 5


class DatabaseState(msgspec.Struct, frozen=True):
    """The kind and place of a database, and what is wrong with it, if anything.

    ``version`` is that of the tables, None if there are none yet; ``size_bytes`` None if unknown.
    """

    kind: str
    where: str
    version: str | None = None
    size_bytes: int | None = None
    trouble: Trouble | None = None


def state(config: Config) -> DatabaseState:
    """Return the state of a database. Blocks for some seconds at most; raises nothing of it."""
    address = config.address
    if isinstance(address, Address):
        return _of_server(address, config.url_env)
    if address.path is None:
        return DatabaseState("SQLite", "memory")
    path = Path(address.path)
    try:
        return _of_file(path)
    except OSError as error:  # a folder that may not be entered
        return DatabaseState("SQLite", str(path), trouble=errors.of_sqlite(error, path))


def _of_file(path: Path) -> DatabaseState:
    where = str(path)
    if not path.exists():
        return DatabaseState("SQLite", where, trouble=_not_creatable(path))
    size = sum(_size(Path(f"{path}{end}")) for end in ("", "-wal"))
    try:
        version, trouble = _looked_at(path)
    except sqlite3.Error as error:
        return DatabaseState("SQLite", where, None, size, errors.of_sqlite(error, path))
    if trouble is None and not (os.access(path, os.W_OK) and _is_open(path.parent)):
        trouble = errors.of_read_only(path)
    return DatabaseState("SQLite", where, version, size, trouble)


def _looked_at(path: Path) -> tuple[str | None, Trouble | None]:
    """Return the version of the tables in a file, and what is wrong with them."""
    # A read-only connection leaves files beside one that nobody has open; this does not.
    is_open = Path(f"{path}-wal").exists()
    address = f"{path.absolute().as_uri()}?{'mode=ro' if is_open else 'mode=ro&immutable=1'}"
    with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S)) as connection:
        tables = {name for (name,) in connection.execute(TABLES)}
        found = connection.execute(VERSION).fetchone() if "jobs_version" in tables else None
    return (str(found[0]) if found else None), of_tables(str(path), tables, found)


def _not_creatable(path: Path) -> Trouble | None:
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    return None if folder.is_dir() and _is_open(folder) else errors.of_read_only(path)


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _of_server(address: Address, variable: str) -> DatabaseState:
    import psycopg  # only where it is needed

    where = address.where
    try:
        with psycopg.connect(address.url, connect_timeout=WAIT_S) as connection:
            # Not of the session, which behind a pooler is another client's next.
            connection.execute(f"SET LOCAL statement_timeout = {WAIT_S * 1000}")
            is_read_only, has_jobs, has_version, may_write, size = connection.execute(
                "SELECT current_setting('transaction_read_only') = 'on',"
                " to_regclass('jobs') IS NOT NULL, to_regclass('jobs_version') IS NOT NULL,"
                " coalesce(has_table_privilege(to_regclass('jobs'), 'INSERT'),"
                " has_schema_privilege(current_schema(), 'CREATE'), false),"
                " pg_database_size(current_database())"
            ).fetchone() or (False, False, False, False, 0)
            found = connection.execute(VERSION).fetchone() if has_version else None
    except psycopg.Error as error:
        lost = errors.of_postgres(error, where, variable)
        return DatabaseState("PostgreSQL", where, trouble=lost)
    tables = {"jobs": has_jobs, "jobs_version": has_version}
    trouble = of_tables(where, {name for name, is_there in tables.items() if is_there}, found)
    if trouble is None and (is_read_only or not may_write):
        trouble = errors.of_code("25006" if is_read_only else "42501", where, variable)
    return DatabaseState("PostgreSQL", where, str(found[0]) if found else None, size, trouble)
