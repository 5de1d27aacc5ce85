"""The two kinds of database, and how SQLite is opened."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL

from connectors.database import errors, files
from connectors.database.address import File
from connectors.database.compiled import COMPILED
from connectors.database.erasing import erase
from connectors.database.postgres import Postgres

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from connectors.database.config import Config
    from connectors.database.errors import Trouble

log = logging.getLogger(__name__)

_BUSY_S = 10
_CHANGES, _READS, _SYNCHRONOUS = "changes", "reads", "synchronous"

Clock = Callable[[], float]


class Backend(Protocol):
    """The differences between the two databases for everyone who uses one."""

    def open(self) -> Engine:
        """Return an engine; nothing is connected yet."""

    def trouble(self, error: BaseException) -> Trouble:
        """Return what an error of the database means."""

    def prepare(
        self,
        connection: Connection,
        *,
        is_durable: bool,
        may_lag: bool = False,
        only_reads: bool = False,
    ) -> None:
        """Set whether the next commit must survive a power cut, or not even a server's crash.

        If it ``only_reads``, there is nothing to commit: each statement stands for itself.
        """

    def mark(self, connection: Connection) -> int | None:
        """Return what ``has_committed`` knows a transaction by, which is about to commit.

        None if it has written nothing.
        """

    def break_off(self, connection: Connection) -> None:
        """Make the thread that waits for the server see a lost connection."""

    def erase(self, connection: Connection, *, rewrites: bool = False) -> None:
        """Remove what was deleted from the files too, between transactions.

        If it ``rewrites`` them, no trace is left.
        """

    def has_committed(self, connection: Connection, mark: int) -> bool:
        """Return whether a transaction of another, lost connection took effect.

        Raises an error of the driver, or TimeoutError while that is not decided.
        """


def backend_for(config: Config, *, clock: Clock = time.time) -> Backend:
    """Return the backend of a configuration; SQLite, which has no clock, reads ``clock``."""
    address = config.address
    if isinstance(address, File):
        return Sqlite(address, clock, is_own_folder=config.database_url is None)
    for note in address.notes:
        log.info("%s: the option %s", config.url_env, note)
    return Postgres(address, config.url_env)


class Sqlite:
    """A file in WAL mode. A commit survives a kill; a durable one also a power cut."""

    def __init__(self, file: File, clock: Clock, *, is_own_folder: bool) -> None:
        self._is_own_folder = is_own_folder
        self._path = Path(file.path) if file.path else None
        self._clock = clock

    def open(self) -> Engine:
        if self._path is not None:
            files.prepare(self._path, is_own_folder=self._is_own_folder)
        engine = create_engine(
            URL.create("sqlite", database=str(self._path) if self._path else None),
            hide_parameters=True,
            connect_args={"timeout": _BUSY_S},
            # As psycopg's, so that a statement compiled once can be run with a mapping.
            paramstyle="named",
            execution_options={"compiled_cache": COMPILED["sqlite"]},
        )
        event.listen(engine, "connect", self._set_up)
        # A transaction that reads first and writes later could find the lock taken.
        event.listen(engine, "begin", self._begin)
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return errors.of_sqlite(error, self._path or Path(":memory:"))

    def prepare(
        self,
        connection: Connection,
        *,
        is_durable: bool,
        may_lag: bool = False,  # noqa: ARG002
        only_reads: bool = False,
    ) -> None:
        connection.info[_READS] = only_reads
        level = "FULL" if is_durable else "NORMAL"
        if connection.info.get(_SYNCHRONOUS) != level:
            _raw(connection).execute(f"PRAGMA synchronous={level}")
            connection.info[_SYNCHRONOUS] = level

    def mark(self, connection: Connection) -> int | None:
        raw = _raw(connection)
        if raw.total_changes == connection.info.get(_CHANGES, 0):
            return None
        connection.info[_CHANGES] = raw.total_changes
        # A number for programs' own use in the file's header; a transaction like the rest.
        mark = random.getrandbits(31)
        raw.execute(f"PRAGMA user_version={mark}")
        return mark

    def break_off(self, connection: Connection) -> None:
        """Do nothing: a file is waited for no longer than it is busy."""

    def erase(self, connection: Connection, *, rewrites: bool = False) -> None:
        erase(_raw(connection), rewrites=rewrites)

    def has_committed(self, connection: Connection, mark: int) -> bool:
        return bool(_raw(connection).execute("PRAGMA user_version").fetchone()[0] == mark)

    def _begin(self, connection: Connection) -> None:
        if not connection.info.get(_READS):
            _raw(connection).execute("BEGIN IMMEDIATE")

    def _set_up(self, raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # the listener above begins transactions
        raw.execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")
        _use_wal(raw)
        raw.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
        raw.create_function("now_us", 0, lambda: round(self._clock() * 1e6))


def _use_wal(
    raw: sqlite3.Connection,
    *,
    clock: Clock = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Switch a file to WAL mode, even while other processes do the same to a new file.

    SQLite does not wait for the lock of this switch, whatever busy_timeout says
    (sqlite3_busy_handler).
    """
    deadline = clock() + _BUSY_S
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or clock() >= deadline:
                raise
            sleep(0.02)
        else:
            return


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
