"""SQLite and PostgreSQL: how each is opened, and what its errors mean."""

from __future__ import annotations

import logging
import os
import random
import socket
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.util import LRUCache

from connectors.database import errors, files
from connectors.database.address import Address, File
from connectors.database.erasing import erase

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from connectors.database.config import Config
    from connectors.database.errors import Trouble

log = logging.getLogger(__name__)

_BUSY_S = 10
# No statement waits longer, and the server ends the transaction of a suspended process: others
# skip its locked rows.
_BOUNDS: Final = {
    "lock_timeout": 4_000,
    "statement_timeout": 10_000,
    "idle_in_transaction_session_timeout": 3_000,
}
_CHANGES, _LAGS, _SYNCHRONOUS, _TRANSACTION = "changes", "lags", "synchronous", "transaction"
_STATUS = "SELECT txid_status(%s)"
_END = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_xid::text = (%s::bigint %% 4294967296)::text"
)
_ASKED = 30  # times, for the outcome of a transaction

Clock = Callable[[], float]


class Compiled(LRUCache[Any, Any]):
    """The SQL of statements, for every engine of one kind.

    SQLAlchemy keeps it for one engine, and each lost connection ends one: everything would be
    compiled again after each outage. A key begins with the engine's own dialect.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_COMPILED: Final = {"sqlite": Compiled(500), "postgresql": Compiled(500)}


class Backend(Protocol):
    """The differences between the two databases for everyone who uses one."""

    def open(self) -> Engine:
        """Return an engine; nothing is connected yet."""

    def trouble(self, error: BaseException) -> Trouble:
        """Return what an error of the database means."""

    def prepare(self, connection: Connection, *, is_durable: bool, may_lag: bool = False) -> None:
        """Set whether the next commit must survive a power cut, or not even a server's crash."""

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
            execution_options={"compiled_cache": _COMPILED["sqlite"]},
        )
        event.listen(engine, "connect", self._set_up)
        # A transaction that reads first and writes later could find the lock taken.
        event.listen(
            engine, "begin", lambda connection: _raw(connection).execute("BEGIN IMMEDIATE")
        )
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return errors.of_sqlite(error, self._path or Path(":memory:"))

    def prepare(self, connection: Connection, *, is_durable: bool, may_lag: bool = False) -> None:  # noqa: ARG002
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

    def _set_up(self, raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # the listener above begins transactions
        raw.execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")
        _use_wal(raw)
        raw.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
        raw.create_function("now_us", 0, lambda: round(self._clock() * 1e6))


class Postgres:
    """A server."""

    def __init__(self, address: Address, variable: str) -> None:
        self._address = address
        self._variable = variable
        typed = address.options.get("options", "")
        self._begins = {lags: begins(typed, may_lag=lags) for lags in (False, True)}

    def open(self) -> Engine:
        url = engine_url(self._address)
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args=connect_options(url.query),
            execution_options={"compiled_cache": _COMPILED["postgresql"]},
        )
        event.listen(engine, "connect", _begin_ourselves)
        event.listen(engine, "begin", self._begin)
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return errors.of_postgres(error, self._address.where, self._variable)

    def prepare(self, connection: Connection, *, is_durable: bool, may_lag: bool = False) -> None:
        connection.info[_LAGS] = may_lag and not is_durable

    def mark(self, connection: Connection) -> int:
        return int(connection.info[_TRANSACTION])

    def break_off(self, connection: Connection) -> None:
        with socket.socket(fileno=os.dup(_raw_postgres(connection).fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    def erase(self, connection: Connection, *, rewrites: bool = False) -> None:
        """Do nothing: the server's vacuum and its log's rotation do."""

    def has_committed(self, connection: Connection, mark: int) -> bool:
        for _ in range(_ASKED):
            status = _raw_postgres(connection).execute(_STATUS, [mark]).fetchone()[0]
            if status != "in progress":
                return bool(status == "committed")
            # Its session has not noticed that we are gone. Once ended, it can no longer commit.
            _raw_postgres(connection).execute(_END, [mark])
            time.sleep(0.1)
        raise TimeoutError("the server has not ended a transaction of a lost connection")

    def _begin(self, connection: Connection) -> None:
        begin = self._begins[connection.info.get(_LAGS, False)]
        cursor = _raw_postgres(connection).execute(begin)
        while cursor.nextset():
            pass
        connection.info[_TRANSACTION] = cursor.fetchone()[0]


def engine_url(address: Address) -> URL:
    """Return the address as SQLAlchemy has it: of several hosts each is an option of its own."""
    query: dict[str, str | tuple[str, ...]] = dict(address.options)
    host, port = address.hosts[0]
    if len(address.hosts) > 1:
        query["host"] = tuple(h + (f":{p}" if p else "") for h, p in address.hosts)
        host, port = "", None
    return URL.create(
        "postgresql+psycopg",
        username=address.user,
        password=address.password,
        host=host or None,
        port=int(port) if port else None,
        database=address.database,
        query=query,
    )


def connect_options(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a connection that the address does not set itself."""
    # A transaction pooler knows no prepared statements, and a host that vanished never answers.
    options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "prepare_threshold": None}
    return {name: value for name, value in options.items() if name not in typed}


def begins(typed: str, *, may_lag: bool = False) -> str:
    """Return the statements that begin a transaction, in one round trip, and return its number.

    ``typed`` are the operator's own settings, which stay. Behind a transaction pooler, a setting
    that outlived the transaction would be another client's. If it ``may_lag``, its commit does not
    wait for the disk, but the next one that does takes it along.
    """
    values = {**_BOUNDS, **({"synchronous_commit": "off"} if may_lag else {})}
    settings = "".join(f"SET LOCAL {k} = {v}; " for k, v in values.items() if f"{k}=" not in typed)
    return f"BEGIN; {settings}SELECT txid_current()"


def _begin_ourselves(raw: Any, _record: Any) -> None:
    raw.autocommit = True  # psycopg begins no transactions; the listener does


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


def _raw_postgres(connection: Connection) -> Any:
    return connection.connection.driver_connection
