"""The differences between SQLite and PostgreSQL, all of them."""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from typing import cast as cast_type

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    cast,
    create_engine,
    event,
    extract,
    func,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from connectors.database import errors as trouble
from connectors.database.address import Address, parse
from connectors.database.config import Config
from connectors.database.errors import Trouble
from connectors.database.schema import jobs

log = logging.getLogger(__name__)

CHANNEL = "abi_jobs"  # of LISTEN and NOTIFY
_BUSY_S = 10

Insert = postgresql.Insert | sqlite.Insert
Clock = Callable[[], float]


class Dialect(Protocol):
    """What the ledger asks of a database."""

    address: str | None
    """Where to listen for what other processes add; None where nobody tells."""

    def open(self) -> Engine: ...
    def trouble(self, error: BaseException) -> Trouble:
        """Return what an error of the database means."""

    def prepare(self, connection: Connection, *, is_promise: bool) -> None:
        """Say before a transaction whether its commit must survive a power cut."""

    def now(self) -> ColumnElement[int]:
        """Return the time by which leases are measured, in microseconds."""

    def insert(self) -> Insert:
        """Return an insert that may be repeated."""

    def notify(self, connection: Connection, sender: str) -> None:
        """Tell the other processes that there is something to do soon."""

    def lock(self, connection: Connection, owner_id: int) -> None:
        """Let no other transaction count what this person has until this one ends."""


def dialect_for(config: Config, *, clock: Clock = time.time) -> Dialect:
    """Return the dialect of a configuration; clock is asked where the database has none of its own."""
    address = parse(config.database_url) if config.database_url else None
    if not isinstance(address, Address):
        return Sqlite(config.file, clock)
    for note in address.notes:
        log.info("%s: the option %s", config.url_env, note)
    return Postgres(address, config.url_env)


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


class Sqlite:
    """A file in WAL mode. A commit survives a kill; that of a promise also a power cut."""

    address: str | None = None

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def open(self) -> Engine:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            URL.create("sqlite", database=str(self._path) if self._path else None),
            hide_parameters=True,
            connect_args={"timeout": _BUSY_S},
            paramstyle="named",  # as psycopg's: what is compiled once is run with a mapping
        )
        event.listen(engine, "connect", self._set_up)
        # Reading first and writing later in one transaction could find the lock taken.
        event.listen(
            engine, "begin", lambda connection: _raw(connection).execute("BEGIN IMMEDIATE")
        )
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return trouble.of_sqlite(error, self._path or Path(":memory:"))

    def prepare(self, connection: Connection, *, is_promise: bool) -> None:
        level = "FULL" if is_promise else "NORMAL"
        _raw(connection).execute(f"PRAGMA synchronous={level}")

    def now(self) -> ColumnElement[int]:
        return func.now_us(type_=BigInteger)

    def insert(self) -> Insert:
        return sqlite.insert(jobs).on_conflict_do_nothing()

    def notify(self, connection: Connection, sender: str) -> None:
        """Tell nobody: other processes look for themselves."""

    def lock(self, connection: Connection, owner_id: int) -> None:
        """Nothing is to be done: a transaction that was begun for writing is the only one."""

    def _set_up(self, raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # transactions are begun by us
        raw.execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")
        _use_wal(raw)
        raw.create_function("now_us", 0, lambda: round(self._clock() * 1e6))


class Postgres:
    """A server, whose clock measures the leases of all processes."""

    def __init__(self, address: Address, variable: str) -> None:
        self._url = engine_url(address)
        self._variable = variable
        self._where = address.where
        self.address: str | None = address.url

    def open(self) -> Engine:
        engine = create_engine(
            self._url, hide_parameters=True, connect_args=connect_options(self._url.query)
        )
        event.listen(engine, "connect", _let_go_when_stalled)
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return trouble.of_postgres(error, self._where, self._variable)

    def prepare(self, connection: Connection, *, is_promise: bool) -> None:
        """Every commit of PostgreSQL survives a power cut."""

    def now(self) -> ColumnElement[int]:
        # Not clock_timestamp(): that changes within a statement, so no index could be used with it.
        return cast(extract("epoch", func.statement_timestamp()) * 1_000_000, BigInteger)

    def insert(self) -> Insert:
        return postgresql.insert(jobs).on_conflict_do_nothing()

    def notify(self, connection: Connection, sender: str) -> None:
        connection.execute(_NOTIFY, {"channel": CHANNEL, "sender": sender})

    def lock(self, connection: Connection, owner_id: int) -> None:
        connection.execute(_LOCK, {"owner_id": owner_id})


def _use_wal(
    raw: sqlite3.Connection,
    *,
    clock: Clock = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Switch a file to WAL mode, however many processes do that at once to a new one.

    SQLite does not wait for the lock of this switch, whatever busy_timeout says (sqlite3_busy_handler).
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


def connect_options(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a connection is opened with, besides what was typed into the address."""
    # A pooler between transactions knows no prepared statements, and a vanished host answers nothing.
    options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "prepare_threshold": None}
    return {name: value for name, value in options.items() if name not in typed}


def _let_go_when_stalled(raw: Any, _record: Any) -> None:
    """Let the server end the transaction of a process that is suspended: others skip the rows it has locked."""
    raw.autocommit = True
    raw.execute("SET idle_in_transaction_session_timeout = '10s'")
    raw.autocommit = False


_NOTIFY = text("SELECT pg_notify(:channel, :sender)")
_LOCK = text("SELECT pg_advisory_xact_lock(:owner_id)")


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast_type(sqlite3.Connection, connection.connection.driver_connection)
