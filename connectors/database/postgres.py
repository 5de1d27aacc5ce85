"""A PostgreSQL server: how it is opened, and how a transaction of it begins."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL

from connectors.database import errors
from connectors.database.compiled import COMPILED

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from connectors.database.address import Address
    from connectors.database.errors import Trouble

# No statement waits longer, and the server ends the transaction of a suspended process: others
# skip its locked rows.
_BOUNDS: Final = {
    "lock_timeout": 4_000,
    "statement_timeout": 10_000,
    "idle_in_transaction_session_timeout": 3_000,
}
_IS_DIRECT, _LAGS, _READS, _TRANSACTION = "is_direct", "lags", "reads", "transaction"
# As psycopg's own default: the server plans a statement that is run more often only once.
_PREPARED_AFTER = 5
_STATUS = "SELECT txid_status(%s)"
_END = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_xid::text = (%s::bigint %% 4294967296)::text"
)
_ASKED = 30  # times, for the outcome of a transaction


class Postgres:
    """A server. Its sessions are ours alone, unless there is a pooler in between."""

    def __init__(self, address: Address, variable: str) -> None:
        self._address = address
        self._variable = variable
        self._typed = address.options.get("options", "")

    def open(self) -> Engine:
        url = engine_url(self._address)
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args=connect_options(url.query),
            execution_options={"compiled_cache": COMPILED["postgresql"]},
        )
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "begin", self._begin)
        return engine

    def trouble(self, error: BaseException) -> Trouble:
        return errors.of_postgres(error, self._address.where, self._variable)

    def prepare(
        self,
        connection: Connection,
        *,
        is_durable: bool,
        may_lag: bool = False,
        only_reads: bool = False,
    ) -> None:
        connection.info[_LAGS] = may_lag and not is_durable
        connection.info[_READS] = only_reads and connection.info[_IS_DIRECT]

    def mark(self, connection: Connection) -> int | None:
        mark: int | None = connection.info[_TRANSACTION]
        return mark

    def break_off(self, connection: Connection) -> None:
        with socket.socket(fileno=os.dup(_raw(connection).fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    def erase(self, connection: Connection, *, rewrites: bool = False) -> None:
        """Do nothing: the server's vacuum and its log's rotation do."""

    def has_committed(self, connection: Connection, mark: int) -> bool:
        for _ in range(_ASKED):
            status = _raw(connection).execute(_STATUS, [mark]).fetchone()[0]
            if status != "in progress":
                return bool(status == "committed")
            # Its session has not noticed that we are gone. Once ended, it can no longer commit.
            _raw(connection).execute(_END, [mark])
            time.sleep(0.1)
        raise TimeoutError("the server has not ended a transaction of a lost connection")

    def _set_up(self, raw: Any, record: Any) -> None:
        raw.autocommit = True  # psycopg begins no transactions; the listener does
        is_direct = raw.info.backend_pid == raw.execute("SELECT pg_backend_pid()").fetchone()[0]
        record.info[_IS_DIRECT] = is_direct
        if is_direct:  # a pooler tells a number of its own
            raw.prepare_threshold = _PREPARED_AFTER
            raw.execute(_settings(bounds(self._typed), "SESSION"))

    def _begin(self, connection: Connection) -> None:
        info = connection.info
        info[_TRANSACTION] = None
        if info.get(_READS):
            return
        is_direct, may_lag = info[_IS_DIRECT], info.get(_LAGS, False)
        cursor = _raw(connection).execute(begins(self._typed, is_direct, may_lag))
        while cursor.nextset():
            pass
        info[_TRANSACTION] = int(cursor.fetchone()[0])


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
    # A host that vanished never answers; a transaction pooler knows no prepared statements.
    options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "prepare_threshold": None}
    return {name: value for name, value in options.items() if name not in typed}


@cache
def begins(typed: str, is_direct: bool, may_lag: bool) -> str:
    """Return the statements that begin a transaction, in one round trip, and return its number.

    Behind a transaction pooler, a setting that outlived the transaction would be another client's.
    If it ``may_lag``, its commit does not wait for the disk, but the next one that does takes it
    along.
    """
    values: dict[str, int | str] = {} if is_direct else {**bounds(typed)}
    values |= {"synchronous_commit": "off"} if may_lag else {}
    return f"BEGIN; {_settings(values, 'LOCAL')}SELECT txid_current()"


def bounds(typed: str) -> Mapping[str, int]:
    """Return how long a statement or a transaction may take, in ms, unless that was ``typed``."""
    return {name: value for name, value in _BOUNDS.items() if f"{name}=" not in typed}


def _settings(values: Mapping[str, int | str], scope: str) -> str:
    return "".join(f"SET {scope} {name} = {value}; " for name, value in values.items())


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection
