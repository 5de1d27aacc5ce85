"""SQLite with faults, and an executor that runs the database's work in the loop."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from connectors.database import database
from tests.simulation.clocks import Clock, here
from tests.simulation.faults import Fault, Faults

T = TypeVar("T")

STATEMENT_S = 0.002


class InLoop(Executor):
    """Runs work in the loop, one piece after the other, as a single thread would."""

    def __init__(self, *_: Any, **_of_threads: Any) -> None:
        self._free_s = 0.0

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        loop, done = asyncio.get_running_loop(), Future[T]()
        fault = _strike("hang", "the database")
        duration_s = STATEMENT_S + (fault.delay_s if fault else 0.0)
        self._free_s = max(self._free_s, loop.time()) + duration_s
        loop.call_at(self._free_s, _work, done, lambda: work(*args, **kwargs))
        return done


def _work(done: Future[T], work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except Exception as error:
        done.set_exception(error)


class _Connection(sqlite3.Connection):
    _changes = 0

    def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(_Cursor)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return self.cursor().execute(sql, *parameters)

    def commit(self) -> None:
        if self.in_transaction:
            # A fault is not spent on one of the many transactions that only read.
            has_written, self._changes = self.total_changes > self._changes, self.total_changes
            _carry_out("COMMIT" if has_written else "END", super().commit)

    def create_function(self, name: str, narg: int, func: Any, **options: Any) -> None:
        # Of a server there is one clock, whoever asks.
        super().create_function(name, narg, _now_us if name == "now_us" else func, **options)


def _now_us() -> int:
    return round(Server.clock.time() * 1e6)


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]
        result: sqlite3.Cursor = self
        execute = super().execute

        def run() -> None:
            nonlocal result
            result = execute(sql, *parameters)

        _carry_out(sql, run)
        return result


def _carry_out(sql: str, run: Callable[[], None]) -> None:
    machine = here.get()
    if machine is not None and machine.is_dead:  # the rest of the callback in which it died
        raise sqlite3.OperationalError("dead")
    fault = _strike("database", " ".join(sql.split()[:3]))
    if fault is None or "unheard" in fault.what:
        run()
    if fault is not None:
        if machine is not None and "dies" in fault.what:
            machine.die(fault.delay_s)
        raise _error(fault)


def _error(fault: Fault) -> sqlite3.Error:
    if "cut" in fault.what:  # SQLAlchemy takes this text for a lost connection
        return sqlite3.ProgrammingError("Cannot operate on a closed database.")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
    return error


def _strike(layer: str, subject: str) -> Fault | None:
    machine = here.get()
    if machine is None or Server.faults is None:
        return None
    return Server.faults.strike(layer, machine.index, subject)


class Server:
    """The one database of a simulation."""

    clock = Clock()
    faults: Faults | None = None


_connect, _open, _close = sqlite3.connect, os.open, os.close


def _open_here(*args: Any, **kwargs: Any) -> int:
    file = _open(*args, **kwargs)
    if (machine := here.get()) is not None:
        machine.files.add(file)
    return file


def _close_here(file: int) -> None:
    if (machine := here.get()) is not None:
        machine.files.discard(file)
    _close(file)


def _faulty_connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
    if here.get() is not None and (fault := _strike("database", "connect")):
        raise _error(fault)
    return _connect(*args, **kwargs, factory=_Connection)


def install() -> None:
    """Make every connection of this interpreter one with faults, its thread the loop, and files
    those of a process, which are closed when it dies."""
    vars(database)["ThreadPoolExecutor"] = InLoop
    vars(os).update(open=_open_here, close=_close_here)
    sqlite3.connect = sqlite3.dbapi2.connect = _faulty_connect  # type: ignore[assignment]
