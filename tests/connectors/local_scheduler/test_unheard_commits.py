"""Commits that were carried out or not, and of which nobody heard."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from connectors.database import Config, DatabaseUnavailable
from connectors.database.database import Database
from connectors.local_scheduler import LocalScheduler, NewJob, State, id_of
from tests.connectors.local_scheduler.conftest import World
from tests.postgres_proxy import Proxy, proxy_of

FAR = datetime(2040, 1, 1, tzinfo=UTC)
ID = id_of("job")
ASKED = NewJob(kind="reminder", owner_id=1, id=ID, next_run=FAR)

Lose = Callable[[str], None]


async def cancelled(scheduler: LocalScheduler) -> Any:
    return await scheduler.cancel(ID, owner_id=1)


async def paused(scheduler: LocalScheduler) -> Any:
    return await scheduler.pause(ID, owner_id=1)


async def resumed(scheduler: LocalScheduler) -> Any:
    await scheduler.pause(ID, owner_id=1)
    return (await scheduler.resume(ID, owner_id=1)) is not None


async def hastened(scheduler: LocalScheduler) -> Any:
    return (await scheduler.run_early(ID, owner_id=1, payload={"x": 1})) is not None


async def changed(scheduler: LocalScheduler) -> Any:
    return (await scheduler.change(ID, owner_id=1, rule="daily")) is not None


async def forgotten(scheduler: LocalScheduler) -> Any:
    return await scheduler.forget(1) == 1


async def added(scheduler: LocalScheduler) -> Any:
    new = NewJob(kind="reminder", owner_id=2, next_run=FAR)
    job = await scheduler.add(new)
    return [found.id for found in await scheduler.owned_by(2)] == [job.id]


OPERATIONS = (cancelled, paused, resumed, hastened, changed, forgotten, added)


@asynccontextmanager
async def losing(config: Config) -> AsyncIterator[tuple[LocalScheduler, Lose]]:
    """Give a scheduler whose next commits are lost: "reply" after, "commit" before it is done."""
    if config.database_url is None:
        database = Database(config)
        scheduler = LocalScheduler(config, database=database)
        yield scheduler, lambda what: _lose_on_file(database, what)
        await database.aclose()
        return
    async with proxy_of(config.database_url) as proxy:
        scheduler = LocalScheduler(Config(config.data_dir, proxy.url))
        yield scheduler, lambda what: _lose_on_server(proxy, what)
        await scheduler.aclose()


def _lose_on_file(database: Database, what: str) -> None:
    assert database._connection is not None
    engine = database._connection.engine

    def lose(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.execute("COMMIT" if what == "reply" else "ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    event.listen(engine, "commit", lose, once=True)


def _lose_on_server(proxy: Proxy, what: str) -> None:
    if what == "reply":
        proxy.lost_replies = 1
    else:
        proxy.lost_commits = 1


@pytest.mark.parametrize("lost", ["reply", "commit"])
async def test_an_operation_whose_commit_was_not_heard_tells_the_truth(
    config: Config, world: World, lost: str
) -> None:
    async with losing(config) as (scheduler, lose):
        for operation in OPERATIONS:
            await world.sql("DELETE FROM jobs")
            await scheduler.add(ASKED)
            lose(lost)
            assert await operation(scheduler), operation.__name__


async def test_a_claim_whose_commit_was_not_heard_is_not_lost(config: Config, world: World) -> None:
    async with losing(config) as (scheduler, lose):
        await world.add(0)
        ledger = scheduler._ledger
        await scheduler.owned_by(1)
        lose("reply")
        claimed = await scheduler._database.run(
            lambda c: ledger.claim(c, "reminder", 1, 5, timedelta(seconds=2))
        )
    assert [(job.state, job.attempts) for job in claimed] == [(State.RUNNING, 1)]


async def test_a_commit_whose_outcome_cannot_be_found_out_is_in_doubt(
    ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.database.database._LOOK_UP_S", 0)
    async with proxy_of(ledger_url) as proxy:
        scheduler = LocalScheduler(Config(tmp_path, proxy.url))
        await scheduler.forget(1)
        await scheduler.owned_by(1)
        proxy.lost_replies, proxy.goes_away = 1, True
        with pytest.raises(DatabaseUnavailable) as raised:
            await scheduler.add(ASKED)
        with pytest.raises(DatabaseUnavailable) as away:
            await scheduler.owned_by(1)
        proxy.is_away = False
        again = await scheduler.add(ASKED)
        assert [job.id for job in await scheduler.owned_by(1)] == [again.id]
        await scheduler.aclose()
    assert (raised.value.is_doubtful, away.value.is_doubtful) == (True, False)


async def test_a_short_outage_during_a_commit_is_waited_for_and_said(
    ledger_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with proxy_of(ledger_url) as proxy:
        scheduler = LocalScheduler(Config(tmp_path, proxy.url))
        await scheduler.forget(1)
        proxy.lost_replies, proxy.goes_away = 1, True
        adding = asyncio.create_task(scheduler.add(ASKED))
        async with asyncio.timeout(10):
            while not caplog.messages:  # noqa: ASYNC110  # a log tells nobody
                await asyncio.sleep(0)
        proxy.is_away = False
        assert (await adding).id == ID
        assert await scheduler.forget(1) == 1
        await scheduler.aclose()
    assert caplog.messages[0].endswith("; a commit was not answered")
    assert caplog.messages[1:] == ["the database is available again"]
