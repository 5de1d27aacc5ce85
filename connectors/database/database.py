"""The one thread that talks to the database; what waits meanwhile shares a transaction."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.database.config import Config
from connectors.database.engine import Clock, backend_for
from connectors.database.errors import DatabaseUnavailable, NewerDatabase, is_read_only, of_newer
from connectors.database.migrations import migrate

T = TypeVar("T")
Work = Callable[[Connection], T]

_BATCH = 64


class _Piece(msgspec.Struct):
    work: Work[Any]
    is_durable: bool
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Database:
    """One connection, opened and brought up to date on first use."""

    def __init__(self, config: Config, *, clock: Clock = time.time) -> None:
        self._backend = backend_for(config, clock=clock)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._pieces: deque[_Piece] = deque()
        self._lock = threading.Lock()
        self._is_draining = False
        self._connection: Connection | None = None

    async def run(self, work: Work[T], *, is_durable: bool = False) -> T:
        """Return what ``work`` returns once it is committed.

        If ``is_durable``, the commit also survives a power cut. ``work`` may be run twice, so it
        must be harmless to repeat. Raises DatabaseUnavailable.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._pieces.append(_Piece(work, is_durable, future))
            must_drain, self._is_draining = not self._is_draining, True
        if must_drain:
            self._thread.submit(self._drain, loop)
        return await future

    async def aclose(self) -> None:
        """Finish the work under way and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        while batch := self._next_batch():
            self._run(batch)
            loop.call_soon_threadsafe(_hand_over, batch)

    def _next_batch(self) -> list[_Piece]:
        with self._lock:
            batch = [self._pieces.popleft() for _ in range(min(_BATCH, len(self._pieces)))]
            self._is_draining = bool(batch)
        return batch

    def _run(self, batch: list[_Piece]) -> None:
        try:
            self._run_together(batch)
        except Exception as error:
            if len(batch) > 1 and self._connection is not None:
                for piece in batch:  # one of them may be at fault; the others must not suffer
                    self._run([piece])
                return
            for piece in batch:
                piece.error = self._translated(error)

    def _run_together(self, batch: Sequence[_Piece]) -> None:
        try:
            self._transact(batch)
        except DBAPIError as error:
            if not _is_worn_out(error):
                raise
            # The server closed the session or has become a standby; a new one may do.
            self._disconnect()
            self._transact(batch)

    def _transact(self, batch: Sequence[_Piece]) -> None:
        connection = self._connected()
        self._backend.prepare(connection, is_durable=any(piece.is_durable for piece in batch))
        try:
            with connection.begin():
                for piece in batch:
                    piece.result = piece.work(connection)
        except DBAPIError as error:
            if _is_worn_out(error):
                self._disconnect()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._backend.open().connect()
            try:
                migrate(connection)
            except BaseException:
                _close(connection)
                raise
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)

    def _translated(self, error: Exception) -> Exception:
        """Return what the caller sees: never a statement or its values."""
        if isinstance(error, NewerDatabase):
            trouble = of_newer("the database")
        elif isinstance(error, (SQLAlchemyError, sqlite3.Error, OSError)) or hasattr(
            error, "sqlstate"
        ):  # SQLAlchemy's event listeners, as at BEGIN, raise the driver's own errors
            trouble = self._backend.trouble(getattr(error, "orig", None) or error)
        else:
            return error
        unavailable = DatabaseUnavailable(trouble.summary)
        unavailable.__cause__ = error
        return unavailable


def _close(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()


def _hand_over(batch: Sequence[_Piece]) -> None:
    for piece in batch:
        if piece.future.done():  # its caller was cancelled
            continue
        if piece.error is not None:
            piece.future.set_exception(piece.error)
        else:
            piece.future.set_result(piece.result)


def _is_worn_out(error: DBAPIError) -> bool:
    """Return whether only a new session can help: this one is closed or can no longer write."""
    return error.connection_invalidated or is_read_only(error.orig)
