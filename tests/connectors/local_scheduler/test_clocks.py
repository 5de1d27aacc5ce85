"""Tests of promises under the clocks of people, of processes and of databases."""

import asyncio
import itertools
import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from bot.reminders.job import NewReminder, new_job
from bot.schedules.occurrences import next_run
from bot.times.when import parse
from connectors.local_scheduler import Job, LocalScheduler, NewJob, Pace, Running, Settled
from tests.connectors.local_scheduler.conftest import AHEAD, World, fence
from tests.connectors.local_scheduler.rooms import is_settled, until

# In these 36 days from each date, all of the clocks change. Between them each day is like the last.
SEASONS = [
    [start + timedelta(days=n) for n in range(36)]
    for start in (date(2024, 3, 7), date(2024, 10, 2))
]
# Hours that a change of the clock skips or repeats.
RULES = [
    ("Europe/Berlin", "02:30"),
    ("America/New_York", "01:30"),
    ("America/New_York", "02:30"),
    ("Australia/Lord_Howe", "01:45"),
    ("Australia/Lord_Howe", "02:15"),
    ("Australia/Lord_Howe", "02:30"),
]
HOUR_S = 3600.0
PACE = Pace(poll_s=0.05, checkpoint_s=0.02, first_retry_s=0.01, longest_retry_s=0.02)


@pytest.mark.parametrize(
    ("config", "late"),
    [("sqlite", timedelta(seconds=1)), ("postgresql", timedelta(hours=2))],
    indirect=["config"],
)
async def test_a_daily_reminder_comes_once_each_day_while_the_clocks_change(
    world: World, late: timedelta
) -> None:
    rules: dict[str, tuple[ZoneInfo, wall_time, list[date]]] = {}
    for (name, hour), days in itertools.product(RULES, SEASONS):
        # The last day before has begun, and the hour is over, on every one of the clocks.
        eve = datetime.combine(days[0] - timedelta(days=1), wall_time(11), UTC)
        when = parse(f"every day at {hour}", now=eve, zone=ZoneInfo(name))
        job_id = await world.put(new_job(NewReminder("", "pills", None), when, 1))
        rules[job_id] = ZoneInfo(name), wall_time.fromisoformat(hour), days
    came: dict[str, list[datetime]] = defaultdict(list)

    def a_round(connection: Connection) -> list[Job]:
        ledger = world.of("a")
        jobs = ledger.claim(connection, "reminder", 1, 50, AHEAD)
        for job in jobs:
            later = next_run(job, job.next_run + late)
            assert later is not None
            zone, _, days = rules[job.id]
            is_over = later.astimezone(zone).date() > days[-1]
            held = ledger.settle(
                connection,
                fence("a", job),
                draft="{}",
                payload=None,
                next_run=None if is_over else later,
            )
            assert held
        return jobs

    while jobs := await world.run(a_round):
        for job in jobs:
            came[job.id].append(job.next_run)
    for job_id, (zone, at, days) in rules.items():
        # Of an hour that comes twice the first is meant; one that is skipped comes later by what
        # was skipped.
        assert came[job_id] == [datetime.combine(day, at, zone).astimezone(UTC) for day in days]
        assert [moment.astimezone(zone).date() for moment in came[job_id]] == days
        off = [moment for moment in came[job_id] if moment.astimezone(zone).time() != at]
        assert len(off) <= 1


class Clock:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.off_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.off_s


class Steps:
    """A scheduler on that clock, which is set while its only handler runs."""

    def __init__(self, world: World, *steps_s: float) -> None:
        self.clock = Clock()
        self.steps_s = list(steps_s)
        self.nonces: asyncio.Queue[str] = asyncio.Queue()
        self.scheduler = LocalScheduler(world.config, pace=PACE, clock=self.clock)

    async def run(self, job: Running) -> Settled:
        await job.ensure_claim()
        self.nonces.put_nowait(job.nonce())
        if self.steps_s:
            self.clock.off_s += self.steps_s.pop(0)
        return Settled()

    def tomorrow(self, job: Job, now: datetime) -> datetime:
        due = job.next_run
        while due <= now:
            due += timedelta(days=1)
        return due


@pytest.mark.parametrize("step_s", [-HOUR_S, HOUR_S])
async def test_a_clock_set_while_a_daily_job_runs_brings_it_once(
    world: World, step_s: float
) -> None:
    here = Steps(world, step_s)
    here.scheduler.handler("reminder", here.run, next_run=here.tomorrow)
    due = datetime.now(UTC) - timedelta(seconds=1)
    job = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
    await here.scheduler.start()
    async with asyncio.timeout(15):
        assert await here.nonces.get() == job.nonce()
    await until(world, job.id, lambda kept: kept.next_run == due + timedelta(days=1))
    await here.scheduler.aclose()
    assert here.nonces.empty()


async def test_a_clock_set_back_and_forward_before_a_job_is_due_loses_nothing(
    world: World,
) -> None:
    here = Steps(world)
    here.scheduler.handler("reminder", here.run)
    await here.scheduler.start()
    here.clock.off_s = -HOUR_S
    due = datetime.now(UTC) + timedelta(seconds=0.2)
    job = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
    here.clock.off_s = 0.0
    async with asyncio.timeout(15):
        assert await here.nonces.get() == job.nonce()
    await until(world, job.id, is_settled)
    here.clock.off_s = HOUR_S
    later = await here.scheduler.add(
        NewJob(kind="reminder", owner_id=1, next_run=datetime.now(UTC))
    )
    async with asyncio.timeout(15):
        assert await here.nonces.get() == later.nonce()
    await here.scheduler.aclose()
    assert here.nonces.empty()
