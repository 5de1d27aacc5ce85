"""The one thread that talks to the database; what waits meanwhile shares a transaction."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection
from sqlalchemy.engine import RootTransaction

from connectors.database.config import Config
from connectors.database.engine import Clock, backend_for
from connectors.database.errors import DatabaseUnavailable
from connectors.database.migrations import migrate
from connectors.database.translation import is_passing, is_worn_out, translated

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

_BATCH = 64
# So many of them may be urgent: some of the others go on, too.
_URGENT = 56
# So many callers go on in one turn of the event loop. Each computes for about a millisecond.
_HANDED_OVER = 4
# So many pieces may wait for a lock in vain before the rest of their batch is given up.
_TIMEOUTS = 2
# A server that answers at all has ended every statement by then.
_STUCK_S = 30.0
# How long to look for the outcome of a commit.
_LOOK_UP_S = 5.0
_CLOSE_WITHIN_S = 3.0


class _Piece(msgspec.Struct):
    work: Work[Any]
    is_durable: bool
    is_erasing: bool
    may_lag: bool
    only_reads: bool
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    # Whether its own work raised the error that ended its transaction.
    has_failed: bool = False


class _CommitFailed(Exception):
    """A commit was not confirmed. ``mark`` finds its outcome; None if it had nothing to write."""

    def __init__(self, mark: int | None) -> None:
        super().__init__()
        self.mark = mark


class Database:
    """One connection, opened and brought up to date on first use."""

    def __init__(self, config: Config, *, clock: Clock = time.time) -> None:
        self._backend = backend_for(config, clock=clock)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._pieces: deque[_Piece] = deque()
        self._urgent: deque[_Piece] = deque()
        self._lock = threading.Lock()
        self._is_draining = False
        self._connection: Connection | None = None

    async def run(
        self,
        work: Work[T],
        *,
        is_durable: bool = False,
        is_erasing: bool = False,
        is_urgent: bool = False,
        may_lag: bool = False,
        only_reads: bool = False,
    ) -> T:
        """Return what ``work`` returns once it is committed.

        If ``is_durable``, the commit also survives a power cut; if it ``may_lag``, a crash of the
        server may undo it, until another follows that may not; if ``is_erasing``, what it deletes
        leaves the files too; if ``is_urgent``, others wait for it; if it ``only_reads``, it needs
        no transaction, and others may change something between its statements. ``work`` may be run
        twice, but is committed once: if a commit is not confirmed, its outcome is looked up. Raises
        DatabaseUnavailable, InvalidValue if a value cannot be stored, or RuntimeError once it is
        closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if not self._is_draining:
                self._thread.submit(self._drain, loop)
            self._is_draining = True
            pieces = self._urgent if is_urgent else self._pieces
            pieces.append(_Piece(work, is_durable, is_erasing, may_lag, only_reads, future))
        stuck = loop.call_later(_STUCK_S, self._break_off)
        try:
            return await future
        finally:
            stuck.cancel()

    async def rewrite(self) -> None:
        """Remove from the files every trace of what was ever deleted.

        A SQLite file is written anew: 100 MB take a few seconds, during which nothing else is
        read or written. A PostgreSQL server's own vacuum removes what it has deleted. Raises
        DatabaseUnavailable if that is not possible now.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._rewrite)

    async def aclose(self) -> None:
        """Finish the work under way and close the connection; a server that hangs is left."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        await asyncio.wait({closing}, timeout=_CLOSE_WITHIN_S)
        self._thread.shutdown(wait=False)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        while batch := self._next_batch():
            try:
                self._run(batch)
            except BaseException as error:  # a bug; no caller may wait for ever
                for piece in batch:
                    piece.error = piece.error or error
            loop.call_soon_threadsafe(_hand_over, loop, batch)

    def _next_batch(self) -> list[_Piece]:
        with self._lock:
            batch = [self._urgent.popleft() for _ in range(min(_URGENT, len(self._urgent)))]
            others = min(_BATCH - len(batch), len(self._pieces))
            batch += [self._pieces.popleft() for _ in range(others)]
            self._is_draining = bool(batch)
        return batch

    def _run(self, batch: Sequence[_Piece]) -> None:
        try:
            self._run_together(batch)
        except Exception as error:
            if len(batch) > 1 and self._connection and any(p.has_failed for p in batch):
                self._run_each(batch)
                return
            for piece in batch:
                piece.error = translated(error, self._backend.trouble)

    def _run_each(self, batch: Sequence[_Piece]) -> None:
        """Run pieces one by one: one of them is at fault, and the others must not suffer."""
        timeouts: list[BaseException] = []
        for piece in batch:
            if len(timeouts) < _TIMEOUTS:
                self._run([piece])
            else:  # it would wait for the same lock
                piece.error = timeouts[-1]
            if isinstance(piece.error, DatabaseUnavailable):
                timeouts.append(piece.error)

    def _run_together(self, batch: Sequence[_Piece]) -> None:
        before = self._connection
        try:
            self._transact(batch)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            # The server closed the session or has become a standby; a new one may do.
            was_closed = before is not None and before is not self._connection
            if not was_closed and not is_passing(error):
                raise
            self._transact(batch)

    def _transact(self, batch: Sequence[_Piece]) -> None:
        connection = self._connected()
        try:
            self._backend.prepare(
                connection,
                is_durable=any(piece.is_durable for piece in batch),
                may_lag=all(piece.may_lag for piece in batch),
                only_reads=all(piece.only_reads for piece in batch),
            )
            with connection.begin() as transaction:
                for piece in batch:
                    _work(piece, connection)
                self._commit(connection, transaction)
            if any(piece.is_erasing for piece in batch):
                self._erase(connection)
        except _CommitFailed as failed:
            self._disconnect()
            if failed.mark is None or not self._has_committed(failed.mark):
                raise failed.__cause__ or failed from None
        except Exception as error:
            if _is_closed(connection) or is_worn_out(error):
                self._disconnect()
            raise

    def _commit(self, connection: Connection, transaction: RootTransaction) -> None:
        mark = self._backend.mark(connection)
        try:
            transaction.commit()
        except Exception as error:
            raise _CommitFailed(mark) from error

    def _erase(self, connection: Connection) -> None:
        try:
            self._backend.erase(connection)
        except Exception as error:  # the deletion itself is committed
            log.warning("%s", translated(error, self._backend.trouble))

    def _rewrite(self) -> None:
        try:
            self._backend.erase(self._connected(), rewrites=True)
        except Exception as error:
            raise translated(error, self._backend.trouble) from error

    def _has_committed(self, mark: int) -> bool:
        """Return whether a transaction took effect. Raises DatabaseUnavailable, which is doubtful.

        A server that restarts is waited for, since its answer is worth more than a quick one.
        """
        until, trouble = time.monotonic() + _LOOK_UP_S, None
        while True:
            try:
                outcome = self._backend.has_committed(self._connected(), mark)
            except Exception as error:
                self._disconnect()
                is_new = trouble is None
                trouble = translated(error, self._backend.trouble, is_doubtful=True)
                if time.monotonic() > until:
                    raise trouble from error
                if is_new:
                    log.warning("%s; a commit was not answered", trouble)
            else:
                if trouble is not None:
                    log.warning("the database is available again")
                return outcome
            time.sleep(0.1)

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

    def _break_off(self) -> None:
        """End the wait for a server that stands still; its connection counts as lost."""
        connection = self._connection
        if connection is not None and not connection.invalidated:
            with suppress(Exception):  # it is being closed already
                self._backend.break_off(connection)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)


def _work(piece: _Piece, connection: Connection) -> None:
    piece.has_failed = False
    try:
        piece.result = piece.work(connection)
    except Exception:
        piece.has_failed = True
        raise


def _is_closed(connection: Connection) -> bool:
    return connection.invalidated or bool(
        getattr(connection.connection.driver_connection, "closed", False)
    )


def _close(connection: Connection) -> None:
    with suppress(Exception):  # what is broken cannot be closed politely
        connection.close()
    connection.engine.dispose()


def _hand_over(loop: asyncio.AbstractEventLoop, batch: Sequence[_Piece]) -> None:
    """Give callers their results, a few in each turn of the loop: others are due meanwhile."""
    for piece in batch[:_HANDED_OVER]:
        if piece.future.done():  # its caller was cancelled
            continue
        if piece.error is not None:
            piece.future.set_exception(piece.error)
        else:
            piece.future.set_result(piece.result)
    if rest := batch[_HANDED_OVER:]:
        loop.call_soon(_hand_over, loop, rest)
