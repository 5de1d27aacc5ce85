"""A scheduler whose handler does what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import (
    Config,
    Job,
    LocalScheduler,
    NewJob,
    Outcome,
    Pace,
    Running,
    Settled,
    State,
)
from tests.connectors.local_scheduler.conftest import World

NOW = NewJob(kind="reminder", owner_id=1, channel_id=9, payload={"text": "tea"})


PACE = Pace(poll_s=0.05, checkpoint_s=0.02, first_retry_s=0.01, longest_retry_s=0.02)


class Room:
    """A scheduler whose handler does what the test says next, and tells when it began."""

    def __init__(self, config: Config, pace: Pace) -> None:
        self.began: asyncio.Queue[Running] = asyncio.Queue()
        self.outcomes: list[Outcome | BaseException] = []
        self.parked: asyncio.Queue[tuple[Job, str]] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.scheduler = LocalScheduler(config, pace=pace)

    async def run(self, job: Running) -> Outcome:
        self.began.put_nowait(job)
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Settled()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def next(self) -> Running:
        async with asyncio.timeout(15):
            return await self.began.get()

    def notice(self, job: Job, reason: str) -> None:
        self.parked.put_nowait((job, reason))


class Away:
    """A database that is away for so many pieces of work."""

    def __init__(self, lasts: int) -> None:
        self.left = lasts

    async def run(self, work: Callable[[Any], Any], **_: Any) -> Any:
        await asyncio.sleep(0)
        self.left -= 1
        if self.left >= 0:
            raise DatabaseUnavailable("away")
        return work(None)


class Slow:
    """A database that waits with the first piece of work until it may go on."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    async def run(self, work: Any, **how: Any) -> Any:
        if not self.asked.is_set():
            self.asked.set()
            await self.goes_on.wait()
        return await self._database.run(work, **how)


@asynccontextmanager
async def room(config: Config, *, pace: Pace = PACE, **how: Any) -> AsyncIterator[Room]:
    made = Room(config, pace)
    made.scheduler.handler("reminder", made.run, **{"notice": made.notice, **how})
    await made.scheduler.start()
    try:
        yield made
    finally:
        await made.scheduler.aclose(grace_s=5.0 if made.gate.is_set() else 0.0)


async def eventually(is_true: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again: rows, logs and servers tell nobody."""
    async with asyncio.timeout(30):
        while not await is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # without it, asking takes the time of what is waited for


async def until(world: World, job_id: str, holds: Callable[[Job], bool]) -> Job:
    async def is_so() -> bool:
        return holds(await world.get(job_id))

    await eventually(is_so)
    return await world.get(job_id)


async def said(text: str, caplog: pytest.LogCaptureFixture) -> bool:
    return text in caplog.text


def is_settled(job: Job) -> bool:
    return job.state is State.SETTLED


def leave_lock(config: Config) -> None:
    """Leave the file of a dead process on SQLite; a session leaves nothing on PostgreSQL."""
    if config.file is not None:
        folder = Path(f"{config.file}-processes")
        folder.mkdir()
        (folder / "dead%2B.lock").touch()
