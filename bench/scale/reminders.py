"""A ledger that holds many reminders for later."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from connectors.database.database import Database
from connectors.database.schema import jobs
from connectors.local_scheduler import Config, LocalScheduler, NewJob, Pace, Running, Settled
from connectors.local_scheduler.care import Care
from connectors.local_scheduler.caretaker import Caretaker
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.kinds import Kind
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.rows import row_of

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """Times in ms: from the start to the run of a due reminder; of the upkeep and its longest step.

    ``bytes_each`` is the file's.
    """

    count: int
    start: float
    claim: float
    upkeep: float
    longest_step: float
    bytes_each: float


async def pending(count: int) -> Pending:
    """Measure a ledger on SQLite with so many reminders for the days to come."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(Path(folder))
        database = Database(config)
        try:
            await _fill(database, count)
            size = sum(path.stat().st_size for path in files_in(folder))
            start, claim = await _first_run(config, database)
            upkeep, longest = await _upkeep(config, database)
        finally:
            await database.aclose()
    return Pending(count, start, claim, upkeep, longest, size / count)


def files_in(folder: str) -> list[Path]:
    return list(Path(folder).glob("abi.db*"))


async def _fill(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    for begun in range(0, count, AT_ONCE):
        rows = [
            row_of(_reminder(n, now + timedelta(minutes=60 + n % 40_000)), now)
            for n in range(begun, min(begun + AT_ONCE, count))
        ]
        await database.run(lambda c, rows=rows: c.execute(insert(jobs), rows))  # type: ignore[misc]  # its default is bound


def _reminder(number: int, due: datetime) -> NewJob:
    text = f"Water the plants, number {number}"
    return NewJob(kind="reminder", owner_id=number, channel_id=7, next_run=due, payload={"t": text})


async def _first_run(config: Config, database: Database) -> tuple[float, float]:
    """Return how long a due reminder takes from the start, and how long one that is added then."""
    ran: asyncio.Queue[str] = asyncio.Queue()

    async def run(job: Running) -> Settled:
        ran.put_nowait(job.id)
        return Settled()

    scheduler = LocalScheduler(config, database=database, pace=Pace(orphan_s=1e6))
    scheduler.handler("reminder", run)
    now = datetime.now(UTC)
    await scheduler.add(_reminder(1, now))
    begun = time.perf_counter()
    await scheduler.start()
    await ran.get()
    started_ms = (time.perf_counter() - begun) * 1000
    begun = time.perf_counter()
    await scheduler.add(_reminder(2, now))
    await ran.get()
    claimed_ms = (time.perf_counter() - begun) * 1000
    await scheduler.aclose()
    return started_ms, claimed_ms


async def _upkeep(config: Config, database: Database) -> tuple[float, float]:
    steps = list[float]()

    class Timed:
        async def run(self, work: object, **options: bool) -> object:
            begun = time.perf_counter()
            done: object = await database.run(work, **options)  # type: ignore[arg-type]  # passed on
            steps.append((time.perf_counter() - begun) * 1000)
            return done

    dialect, pace = dialect_for(config.address), Pace()
    caretaker = Caretaker(
        Care(dialect),
        Ledger(dialect, "bench", lease=timedelta(seconds=pace.lease_s)),
        Timed(),  # type: ignore[arg-type]  # it is the database, with a watch
        {"reminder": Kind(lambda _: asyncio.sleep(0, Settled()), None, None, 1, 25)},
        pace,
        upkeep=(),
        notice=lambda *_: None,
        on_due_soon=lambda: None,
        report=lambda _: None,
    )
    await caretaker.keep_up()
    return sum(steps), max(steps)
