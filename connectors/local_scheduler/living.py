"""The processes that work with a database at this moment."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from connectors.database.address import Address, File
from connectors.database.config import Config
from connectors.database.errors import DatabaseUnavailable, of_postgres
from connectors.local_scheduler.presence import any_is_locked

_LEASES = "SELECT count(*) FROM jobs WHERE state = 'running' AND visible_at > {now}"
# The keys of processes are negative numbers of 57 bits, so the high half of each begins with FF.
_SESSIONS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint >= 4278190080
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def is_in_use(config: Config) -> bool:
    """Return whether a process runs with a database, or has died within the last minute.

    Where there are no locks (Windows, a pooler), one that has nothing to do is not noticed. Raises
    DatabaseUnavailable.
    """
    address = config.address
    if isinstance(address, File):
        path = Path(address.path or "")
        return any_is_locked(Path(f"{path}-processes")) or _has_leases(path)
    return any_is_locked(config.data_dir / "processes") or _has_sessions(address)


def _has_leases(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            asked = _LEASES.format(now=round(time.time() * 1e6))
            return bool(connection.execute(asked).fetchone()[0])
    except sqlite3.Error:  # damaged, so that nobody works with it
        return False


def _has_sessions(address: Address) -> bool:
    import psycopg  # only where it is needed

    try:
        with psycopg.connect(address.url, connect_timeout=5, autocommit=True) as connection:
            asked = [_SESSIONS]
            is_there = connection.execute("SELECT to_regclass('jobs') IS NOT NULL").fetchone()
            if is_there and is_there[0]:
                asked.append(_LEASES.format(now="extract(epoch FROM now()) * 1000000"))
            found = [connection.execute(statement).fetchone() for statement in asked]
    except psycopg.Error as error:
        raise DatabaseUnavailable(of_postgres(error, address.where).summary) from error
    return any(row is not None and row[0] for row in found)
