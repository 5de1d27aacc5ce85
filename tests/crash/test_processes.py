"""Several processes, processes that sleep, a database that goes away."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord_server import Fault
from connectors.local_scheduler import Config
from tests.crash.installation import IS_LONG, Installation, in_short, reminder

JOBS = 1500 if IS_LONG else 300
OUTAGE_S = 10.0 if IS_LONG else 2.0


@pytest.fixture
async def unlimited(tmp_path: Path, database_url: str | None) -> AsyncIterator[Installation]:
    """Give an installation where Discord takes any number of requests."""
    async with Installation(Config(tmp_path, database_url), rate_limits=False) as installation:
        yield installation


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_three_processes_share_the_work(unlimited: Installation) -> None:
    gate = asyncio.Event()
    unlimited.discord.inject(Fault("POST", "/channels/.*/messages", times=JOBS, hold=gate))
    processes = await unlimited.start_ready(3)
    texts = await unlimited.keep_due(JOBS)
    holders = "SELECT DISTINCT lease_by FROM jobs WHERE lease_by IS NOT NULL"
    await unlimited.until_none(f"SELECT 1 WHERE (SELECT count(*) FROM ({holders}) h) < 3")  # noqa: S608
    workers = await unlimited.rows(holders)
    gate.set()
    await unlimited.none_left()
    unlimited.assert_once(texts)
    assert {int(worker.split(":")[1]) for worker in workers} == {p.pid for p in processes}


@in_short("postgresql")
async def test_a_process_that_slept_past_its_lease_posts_nothing_when_it_wakes(
    installation: Installation, request: pytest.FixtureRequest
) -> None:
    (alice,), (here, there) = installation.people(1), installation.channels(2)
    texts = [f"job {number}" for number in range(6)]
    (sleeper,) = await installation.start_ready(1)
    await installation.keep(*(reminder(alice, here, words) for words in texts))
    # Then the sixth waits until Discord takes more there, and nothing keeps the database locked.
    await installation.until_none(
        "SELECT 1 WHERE (SELECT count(*) FROM jobs WHERE state = 'settled') < 5"
    )
    sleeper.freeze()
    other = await installation.start()
    await installation.none_left()
    assert await other.stop() == 0
    for message in installation.posts():
        message.nonce = None  # as Discord forgets it
    # Its clocks have to tell it that its lease is over: the database does not.
    async with away(installation.config, request):
        sleeper.thaw()
        await asyncio.sleep(1.0)
    await installation.keep(reminder(alice, there, "the next"))
    await installation.none_left()
    installation.assert_once([*texts, "the next"])
    assert await sleeper.stop() == 0


@in_short("sqlite")
async def test_a_process_that_is_stopped_gives_back_what_it_could_not_end(
    installation: Installation,
) -> None:
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    gate = asyncio.Event()
    held = installation.discord.inject(Fault("POST", hold=gate, after_effect=True, drop=True))
    await installation.keep(reminder(alice, channel, "tea"))
    process = await installation.start()
    await installation.until(lambda: held.seen)
    assert await process.stop() == 0
    assert await installation.rows("SELECT count(lease_by) FROM jobs") == [0]
    await installation.start()
    await installation.none_left()
    gate.set()
    installation.assert_once(["tea"])


@in_short("postgresql")
async def test_a_database_that_goes_away_under_load_loses_and_doubles_nothing(
    installation: Installation, request: pytest.FixtureRequest
) -> None:
    processes = await installation.start_ready(2)
    texts = await installation.keep_due(100)
    await installation.posted(10)
    async with away(installation.config, request):
        before = len(installation.posts())
        await asyncio.sleep(OUTAGE_S)
    after = len(installation.posts())
    await installation.none_left()
    sys.stdout.write(f"\naway for {OUTAGE_S:.0f} s, {after - before} messages meanwhile\n")
    installation.assert_once(texts)
    assert all(process.is_alive for process in processes)
    if installation.config.database_url:
        assert all("the database is available again" in process.log for process in processes)


@asynccontextmanager
async def away(config: Config, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Take the database away: stop the server, or keep everybody else from writing the file."""
    if config.database_url is None:
        with sqlite3.connect(config.data_dir / "abi.db", isolation_level=None) as file:
            file.execute("BEGIN EXCLUSIVE")
            yield
            file.execute("ROLLBACK")
        file.close()
        return
    server: Any = request.getfixturevalue("postgres_server")
    await asyncio.to_thread(server._stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.ensure_postgres_running)
