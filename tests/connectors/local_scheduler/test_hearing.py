import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import psycopg
import pytest

from connectors.local_scheduler.hearing import ask_pid, notices, until_heard

Session = psycopg.AsyncConnection[Any]


@pytest.fixture
async def session(ledger_url: str) -> AsyncIterator[Session]:
    opened = await psycopg.AsyncConnection.connect(ledger_url, autocommit=True)
    yield opened
    await opened.close()


async def test_a_server_that_says_nothing_is_not_heard(session: Session) -> None:
    assert not await until_heard(session, 0.01)


async def test_a_session_tells_its_number_again_and_again(session: Session) -> None:
    for _ in range(3):
        assert await ask_pid(session, 10) == session.info.backend_pid
    assert not await until_heard(session, 0)  # the whole answer is read


async def test_who_gets_no_answer_hears_of_it(session: Session) -> None:
    server = session.info.backend_pid
    os.kill(server, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            await ask_pid(session, 0.01)
    finally:
        os.kill(server, signal.SIGCONT)


async def test_notices_are_heard_in_their_order(session: Session, ledger_url: str) -> None:
    await session.execute("LISTEN here")
    await session.execute("NOTIFY here, '1'")  # it is there before anybody waits
    async with (
        await psycopg.AsyncConnection.connect(ledger_url, autocommit=True) as other,
        asyncio.timeout(10),
        aclosing(notices(session, 60)) as heard,
    ):
        assert (await anext(heard)).payload == "1"
        for number in "23":
            await other.execute(f"NOTIFY here, '{number}'")
        assert [(await anext(heard)).payload for _ in "23"] == ["2", "3"]
    assert [notice async for notice in notices(session, 0)] == []


async def test_a_server_that_hangs_up_is_noticed(session: Session, ledger_url: str) -> None:
    pid = await ask_pid(session, 10)
    async with await psycopg.AsyncConnection.connect(ledger_url, autocommit=True) as other:
        await other.execute(f"SELECT pg_terminate_backend({pid})")
    assert await until_heard(session, 10)
    with pytest.raises(psycopg.OperationalError):
        await ask_pid(session, 10)
    with pytest.raises(psycopg.OperationalError):
        async for _ in notices(session, 10):
            pass
