"""A session of PostgreSQL of this process's own, as its sign of life."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg

from connectors.database.errors import DatabaseUnavailable, of_postgres
from connectors.database.prepared import Prepared
from connectors.local_scheduler.hearing import ask_pid, until_heard
from connectors.local_scheduler.running import clocks
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.address import Address
    from connectors.local_scheduler.presence import FileLock, Holders

log = logging.getLogger(__name__)

# The last character of the name of a process that has a lock: without it, leases alone tell.
LOCKED = "+"
# A process that works asks its session so often whether it still lives, and acts for so long after
# an answer. One that does nothing needs no certainty, and asks now and then.
_ASK_S = 0.25
_REST_S = 2.0
_CERTAIN_S = 0.75
# A lock that is free for so long is a dead process's; one that lives acts no more by then.
_FREE_S = 1.0
# Whoever has lost its own session does not ask: the others have lost theirs, and need so long.
_STEADY_S = 3.0
_WAIT_S = 2.0
_ANSWERS_S = 5.0
# Sooner than others take it for dead: they may reach a server that was restarted before it does.
_RETRY_MS = 400

_LOCK = "SELECT pg_try_advisory_lock(%s)"
# An earlier session of this process, of which the server does not know that it is lost.
_END_EARLIER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND objsubid = 1
AND classid = %s AND objid = %s AND pid <> pg_backend_pid()
"""
# Shared, so that those who ask are not in each other's way.
_IS_FREE = Prepared("SELECT pg_try_advisory_xact_lock_shared(:key)")


class Session:
    """A connection with an advisory lock, which the server frees when this process dies.

    Behind a pooler, which keeps no session for a client, there is no lock. Of the processes of one
    machine, ``file`` tells too which are dead, and at once. ``works`` tells whether this process
    has anything to lose.
    """

    def __init__(
        self, address: Address, worker: str, file: FileLock, works: Callable[[], bool]
    ) -> None:
        self._address = address
        self._worker = worker + LOCKED
        self._file = file
        self._works = works
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._opening = asyncio.Lock()
        self._seen_at: tuple[float, float] | None = None
        self._is_sure = asyncio.Event()
        self._free_since: dict[str, float] = {}
        self._steady_from_s = 0.0
        self._is_pooled = False
        self._rest: asyncio.Future[bool] | None = None
        self.term = 0
        self.is_alone = False

    async def begin(self) -> str:
        if self.term == 0 and not self._is_pooled:
            async with self._opening:
                if self.term == 0 and not self._is_pooled:
                    await self._open()
            await self._file.begin(self._worker)
        return self._worker

    async def keep_forever(self) -> None:
        failures = 0
        while not self._is_pooled:
            try:
                async with self._opening:
                    if self._connection is None and not self._is_pooled:
                        await self._open()
                failures = 0
                await self._watch()
            except Exception as error:
                log.debug("no session: %s", type(error).__name__)
            finally:
                await self._lose()
            if self._is_pooled and self.term:
                raise RuntimeError("there is a pooler now: claims of before cannot be kept")
            await asyncio.sleep(exponential_backoff(failures, 100, _RETRY_MS) / 1000)
            failures += 1
        await asyncio.Event().wait()

    def is_certain(self) -> bool:
        if self._is_pooled or self.term == 0:
            return True
        if self._seen_at is None:
            return False
        passed = max(now - then for now, then in zip(clocks(), self._seen_at, strict=True))
        return passed < _CERTAIN_S

    async def certain(self) -> int:
        if not self.is_certain():
            try:
                async with asyncio.timeout(_WAIT_S):
                    while not self.is_certain():
                        self._is_sure.clear()
                        self._end_rest()
                        await self._is_sure.wait()
            except TimeoutError:
                raise DatabaseUnavailable("the session with the database is lost") from None
        return self.term

    def knows_others(self) -> bool:
        return True  # the ledger tells

    def dead(self, connection: Connection, holders: Holders) -> list[str]:
        names, gone = holders(connection), set(self._file.dead(connection, holders))
        self.is_alone = not names
        locked = [name for name in names if name.endswith(LOCKED)]
        free = [n for n in locked if _IS_FREE.value(connection, {"key": _key(n)})]
        gone -= set(locked) - set(free)
        rest, now_s = self._rest, time.monotonic()
        if not (self.is_certain() or rest) or now_s < self._steady_from_s:
            self._free_since = {}
            return [*gone]
        self._free_since = {name: self._free_since.get(name, now_s) for name in free}
        if free and rest:  # it is certain, or known to be lost, when this process looks again
            rest.get_loop().call_soon_threadsafe(self._end_rest)
            return [*gone]
        long_free = {n for n, since_s in self._free_since.items() if now_s - since_s >= _FREE_S}
        return [*(long_free | gone)]

    def living(self, connection: Connection, names: Collection[str]) -> list[str]:
        near = self._file.living(connection, names)
        far = [name for name in names if name.endswith(LOCKED) and name not in near]
        return [*near, *(n for n in far if not _IS_FREE.value(connection, {"key": _key(n)}))]

    def bury(self, names: Collection[str]) -> None:
        for name in names:
            self._free_since.pop(name, None)
        self._file.bury(names)

    def suspects(self) -> bool:
        return bool(self._free_since)

    def end(self) -> None:
        self._file.end()  # ``keep_forever`` has closed the connection

    async def _open(self) -> None:
        """Connect and lock, or learn that there is a pooler. Raises DatabaseUnavailable."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._address.url, autocommit=True, connect_timeout=5
            )
        except psycopg.Error as error:
            trouble = of_postgres(error, self._address.where)
            raise DatabaseUnavailable(trouble.summary) from error
        try:
            async with asyncio.timeout(_ANSWERS_S):
                if await ask_pid(connection, _ANSWERS_S) != connection.info.backend_pid:
                    # A pooler gives a number of its own.
                    self._is_pooled = True
                    self._worker = self._worker.removesuffix(LOCKED)
                    await connection.close()
                    return
                await self._take_lock(connection)
                self._seen_at = clocks()
        except (psycopg.Error, TimeoutError) as error:
            await connection.close()
            raise DatabaseUnavailable("the database does not answer") from error
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        self._steady_from_s = time.monotonic() + _STEADY_S if self.term else 0.0
        self.term += 1
        self._is_sure.set()

    async def _take_lock(self, connection: psycopg.AsyncConnection[Any]) -> None:
        key = _key(self._worker)
        high, low = (key >> 32) & 0xFFFFFFFF, key & 0xFFFFFFFF
        while True:
            row = await (await connection.execute(_LOCK, (key,))).fetchone()
            if row is not None and row[0]:
                return
            await connection.execute(_END_EARLIER, (high, low))
            await asyncio.sleep(0.05)

    async def _watch(self) -> None:
        connection = self._connection
        if connection is None:
            return
        while True:
            asked_at = clocks()
            if await ask_pid(connection, _ANSWERS_S) != connection.info.backend_pid:
                raise psycopg.OperationalError("another session")
            self._seen_at = asked_at
            self._is_sure.set()
            if await self._pauses(connection):
                connection.pgconn.consume_input()  # raises an error if the server has hung up

    async def _pauses(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        """Wait until it is time to ask again; return whether the server was heard before."""
        if self._works() or self._free_since:
            return await until_heard(connection, _ASK_S)
        self._rest = asyncio.get_running_loop().create_future()
        try:
            return await until_heard(connection, _REST_S, self._rest)
        finally:
            self._rest = None

    def _end_rest(self) -> None:
        if self._rest is not None and not self._rest.done():
            self._rest.set_result(False)

    async def _lose(self) -> None:
        connection, self._connection = self._connection, None
        self._seen_at = None
        if connection is not None:
            with suppress(psycopg.Error):
                await connection.close()


def _key(name: str) -> int:
    """Return the key of a process's lock. It is negative: those of people's jobs are not."""
    return -1 - int.from_bytes(hashlib.sha256(name.encode()).digest()[:7])
