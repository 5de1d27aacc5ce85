"""Real processes on one ledger; tests/crash kills the whole bot."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.local_scheduler import (
    Config,
    LocalScheduler,
    NewJob,
    Pace,
    Running,
    Settled,
    State,
)
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.process import run
from tests.processes import Forked, forked


class Process:
    def __init__(self, process: Forked) -> None:
        self._process = process

    async def says(self, word: str) -> None:
        """Read until it has said a word."""
        line = ""
        async with asyncio.timeout(20):
            while line != word:
                line = (await self._process.stderr.readline()).decode().strip()
                assert line, f"it ended without saying {word}"

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


@asynccontextmanager
async def process(config: Config, role: str) -> AsyncIterator[Process]:
    started = await forked(run, config, role)
    try:
        yield Process(started)
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def none_left(world: World) -> None:
    async with asyncio.timeout(30):
        # Other processes write the rows, and SQLite tells nobody.
        while await world.run(lambda c: world.owners.owned_by(c, 1, None)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_what_was_begun_at_once_goes_on_elsewhere_from_its_draft(
    world: World,
) -> None:
    async with process(world.config, "answer") as worker:
        await worker.says("saved")
        worker.signal(signal.SIGKILL)
    taken = asyncio.Queue[Running]()

    async def go_on(job: Running) -> Settled:
        taken.put_nowait(job)
        return Settled()

    scheduler = LocalScheduler(world.config, pace=Pace(poll_s=0.1))
    scheduler.handler("reminder", go_on)
    await scheduler.start()
    async with asyncio.timeout(20):
        job = await taken.get()
        await none_left(world)
    await scheduler.aclose()
    assert job.is_takeover
    assert job.draft == {"text": "so far"}
    assert (await world.get(job.id)).state is State.SETTLED


async def test_of_many_processes_that_start_one_makes_the_table(
    database_url: str | None, tmp_path: Path
) -> None:
    config = Config(tmp_path, database_url)
    async with (
        process(config, "migrate") as one,
        process(config, "migrate") as two,
        process(config, "migrate") as three,
    ):
        workers = (one, two, three)
        await asyncio.gather(*(worker.says("ready") for worker in workers))
        for worker in workers:
            worker.signal(signal.SIGUSR1)
        await asyncio.gather(*(worker.says("migrated") for worker in workers))


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_hears_of_what_another_one_adds(world: World) -> None:
    async with process(world.config, "effects") as worker:
        await worker.says("ready")
        scheduler = LocalScheduler(world.config)
        await scheduler.add(NewJob(kind="reminder", owner_id=1))
        await worker.says("effect")  # it would look by itself only after half a minute
        await scheduler.aclose()
