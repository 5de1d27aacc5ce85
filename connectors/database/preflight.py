"""A look at the database before the bot starts, without the packages that it needs later."""

import sqlite3
from contextlib import closing
from pathlib import Path

from connectors.database import errors, files
from connectors.database.address import Address, File
from connectors.database.config import Config
from connectors.database.errors import Trouble
from connectors.database.versions import is_newer

_WAIT_S = 5
TABLES = "SELECT name FROM sqlite_master WHERE name IN ('jobs', 'jobs_version')"
VERSION = "SELECT version_num FROM jobs_version"


def unusable(config: Config) -> str | None:
    """Return why this database cannot be used, and what to do about it.

    None if it can be used, or if waiting may help. Changes nothing in it. Blocks for some seconds
    at most if a server does not answer.
    """
    address = config.address
    if isinstance(address, File):
        found = _look_at_file(Path(address.path), config) if address.path else None
    else:
        found = _look_at_server(address, config.url_env)
    return found.sentence if found is not None and found.remedy else None


def _look_at_file(path: Path, config: Config) -> Trouble | None:
    try:
        files.prepare(path, is_own_folder=config.database_url is None)
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            tables = {name for (name,) in connection.execute(TABLES)}
            found = connection.execute(VERSION).fetchone() if "jobs_version" in tables else None
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # no such column
            return errors.of_foreign(str(path))
        return errors.of_sqlite(error, path)
    return of_tables(str(path), tables, found)


def of_tables(place: str, tables: set[str], found: tuple[object, ...] | None) -> Trouble | None:
    """Return what is wrong with the tables that exist, given their version if they have one."""
    version = found[0] if found else None
    if (found and not str(version).isdigit()) or tables == {"jobs"}:
        return errors.of_foreign(place)
    return errors.of_newer(place) if found and is_newer(str(version)) else None


def _look_at_server(address: Address, variable: str) -> Trouble | None:
    import psycopg  # only where it is needed

    place = f"the database at {address.where}"
    try:
        with psycopg.connect(address.url, connect_timeout=_WAIT_S) as connection:
            # Not of the session, which behind a pooler is another client's next.
            connection.execute(f"SET LOCAL statement_timeout = {_WAIT_S * 1000}")
            [has_jobs, has_version, may_create] = connection.execute(
                "SELECT to_regclass('jobs') IS NOT NULL, to_regclass('jobs_version') IS NOT NULL,"
                " has_schema_privilege(current_schema(), 'CREATE')"
            ).fetchone() or (False, False, False)
            found = connection.execute(VERSION).fetchone() if has_version else None
    except psycopg.errors.UndefinedColumn:
        return errors.of_foreign(place)
    except psycopg.Error as error:
        return errors.of_postgres(error, address.where, variable)
    names = {"jobs": has_jobs, "jobs_version": has_version}
    if problem := of_tables(place, {name for name, is_there in names.items() if is_there}, found):
        return problem
    if has_version or may_create:
        return None
    code = "3F000" if may_create is None else "42501"
    return errors.of_code(code, address.where, variable)
