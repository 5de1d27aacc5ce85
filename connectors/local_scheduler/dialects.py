"""The differences between SQLite and PostgreSQL, all of them."""

import sqlite3
import time
from collections.abc import Callable
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
from sqlalchemy.engine import URL, make_url

from connectors.local_scheduler.config import Config
from connectors.local_scheduler.schema import jobs

CHANNEL = "abi_jobs"  # of LISTEN and NOTIFY

Insert = postgresql.Insert | sqlite.Insert
Clock = Callable[[], float]


class Dialect(Protocol):
    """What the ledger asks of a database."""

    address: str | None
    """Where to listen for what other processes add; None where nobody tells."""

    def open(self) -> Engine: ...
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
    if config.database_url is None:
        return Sqlite(URL.create("sqlite", database=str(config.data_dir / "abi.db")), clock)
    address = config.database_url
    if address.startswith("postgres://"):
        address = address.replace("postgres://", "postgresql://", 1)
    url = make_url(address)
    return Sqlite(url, clock) if url.get_backend_name() == "sqlite" else Postgres(url)


class Sqlite:
    """A file in WAL mode. A commit survives a kill; that of a promise also a power cut."""

    address: str | None = None

    def __init__(self, url: URL, clock: Clock) -> None:
        self._url = url
        self._clock = clock

    def open(self) -> Engine:
        if self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self._url,
            hide_parameters=True,
            connect_args={"timeout": 10},
            paramstyle="named",  # as psycopg's: what is compiled once is run with a mapping
        )
        event.listen(engine, "connect", self._set_up)
        # Reading first and writing later in one transaction could find the lock taken.
        event.listen(
            engine, "begin", lambda connection: _raw(connection).execute("BEGIN IMMEDIATE")
        )
        return engine

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
        raw.execute("PRAGMA busy_timeout=10000")
        raw.execute("PRAGMA journal_mode=WAL")
        raw.create_function("now_us", 0, lambda: round(self._clock() * 1e6))


class Postgres:
    """A server, whose clock measures the leases of all processes."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        plain = url.set(drivername="postgresql")
        self.address: str | None = plain.render_as_string(hide_password=False)

    def open(self) -> Engine:
        # A pooler between transactions knows no prepared statements, and a vanished host answers nothing.
        options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "prepare_threshold": None}
        engine = create_engine(self._url, hide_parameters=True, connect_args=options)
        event.listen(engine, "connect", _let_go_when_stalled)
        return engine

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


def _let_go_when_stalled(raw: Any, _record: Any) -> None:
    """Let the server end the transaction of a process that is suspended: others skip the rows it has locked."""
    raw.autocommit = True
    raw.execute("SET idle_in_transaction_session_timeout = '10s'")
    raw.autocommit = False


_NOTIFY = text("SELECT pg_notify(:channel, :sender)")
_LOCK = text("SELECT pg_advisory_xact_lock(:owner_id)")


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast_type(sqlite3.Connection, connection.connection.driver_connection)
