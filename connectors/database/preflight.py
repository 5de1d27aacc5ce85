"""A look at the database before anything is begun, without the packages that the ledger needs."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from connectors.database import errors as trouble
from connectors.database.address import Address, parse
from connectors.database.config import Config
from connectors.database.errors import Trouble

HEAD: Final = "0002"  # the newest in schema/versions/
_WAIT_S = 5
_TABLES = "SELECT name FROM sqlite_master WHERE name IN ('jobs', 'jobs_version')"
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
            tables = {name for (name,) in connection.execute(_TABLES)}
            found = connection.execute(_VERSION).fetchone() if "jobs_version" in tables else None
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # no such column
            return trouble.of_foreign(str(path))
        return trouble.of_sqlite(error, path)
    return _of_tables(str(path), tables, found)


def _of_tables(place: str, tables: set[str], found: tuple[object, ...] | None) -> Trouble | None:
    """Return what is wrong with the tables that are there already, and the version that they say."""
    version = found[0] if found else None
    if (found and not str(version).isdigit()) or tables == {"jobs"}:
        return trouble.of_foreign(place)
    return trouble.of_newer(place) if found and is_newer(str(version)) else None


def _look_at_server(address: Address, variable: str) -> Trouble | None:
    import psycopg  # only where it is needed

    place = f"the database at {address.where}"
    try:
        with psycopg.connect(address.url, connect_timeout=_WAIT_S, autocommit=True) as connection:
            [has_jobs, has_version, may_create] = connection.execute(
                "SELECT to_regclass('jobs') IS NOT NULL, to_regclass('jobs_version') IS NOT NULL,"
                " has_schema_privilege(current_schema(), 'CREATE')"
            ).fetchone() or (False, False, False)
            found = connection.execute(_VERSION).fetchone() if has_version else None
    except psycopg.errors.UndefinedColumn:
        return trouble.of_foreign(place)
    except psycopg.Error as error:
        return trouble.of_postgres(error, address.where, variable)
    names = {"jobs": has_jobs, "jobs_version": has_version}
    if problem := _of_tables(place, {name for name, is_there in names.items() if is_there}, found):
        return problem
    if has_version or may_create:
        return None
    code = "3F000" if may_create is None else "42501"
    return trouble.of_code(code, address.where, variable)
