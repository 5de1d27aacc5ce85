"""Sessions of PostgreSQL that mostly wait: psycopg itself would wake up ten times a second."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import psycopg
from psycopg.pq import ExecStatus

_ASK: Final = b"SELECT pg_backend_pid()"


async def until_heard(
    connection: psycopg.AsyncConnection[Any],
    within_s: float,
    heard: asyncio.Future[bool] | None = None,
) -> bool:
    """Return whether the server has sent something, or has hung up, within so long.

    Whoever has ``heard`` can end the wait sooner by its result.
    """
    loop, socket = asyncio.get_running_loop(), connection.fileno()
    heard = heard or loop.create_future()
    loop.add_reader(socket, _end, heard, True)
    timer = loop.call_later(within_s, _end, heard, False)
    try:
        return await heard
    finally:
        timer.cancel()
        loop.remove_reader(socket)


async def notices(
    connection: psycopg.AsyncConnection[Any], within_s: float
) -> AsyncGenerator[psycopg.Notify]:
    """Yield the notifications that arrive within so long. Raises psycopg.Error."""
    loop = asyncio.get_running_loop()
    ends_s, is_any = loop.time() + within_s, True
    while is_any:
        async for notice in connection.notifies(timeout=0):
            yield notice
        is_any = await until_heard(connection, ends_s - loop.time())


async def ask_pid(connection: psycopg.AsyncConnection[Any], within_s: float) -> int:
    """Return the number of the server's process for a session.

    Raises psycopg.Error, or TimeoutError if the server says nothing for so long. It is asked up to
    four times a second, so without psycopg's cursors.
    """
    session = connection.pgconn
    session.send_query(_ASK)
    session.flush()
    while session.is_busy():
        if not await until_heard(connection, within_s):
            raise TimeoutError
        session.consume_input()
    answer = session.get_result()
    value = answer.get_value(0, 0) if answer and answer.status == ExecStatus.TUPLES_OK else None
    while session.get_result() is not None:
        pass
    if value is None:
        raise psycopg.OperationalError("the session has ended")
    return int(value)


def _end(waiting: asyncio.Future[bool], was_heard: bool) -> None:
    if not waiting.done():
        waiting.set_result(was_heard)
