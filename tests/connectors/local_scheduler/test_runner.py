import gc
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from connectors.local_scheduler import (
    NewJob,
    State,
    runner,
)
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import (
    NOW,
    is_settled,
    room,
    until,
)


async def test_what_came_due_while_nobody_ran_is_run_at_start(world: World) -> None:
    job_id = await world.add(-3600)
    async with room(world.config) as here:
        job = await here.next()
        await until(world, job_id, is_settled)
    assert (job.id, job.is_takeover) == (job_id, False)


async def test_a_job_runs_at_its_time_and_not_before(world: World) -> None:
    async with room(world.config) as here:
        due = datetime.now(UTC) + timedelta(seconds=0.3)
        await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
        job = await here.next()
        assert job.next_run == due <= datetime.now(UTC)


async def test_the_collector_passes_over_what_was_loaded_while_the_scheduler_runs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "gc", gc)
    async with room(world.config):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
    gc.freeze()  # as it was


async def test_what_begins_at_once_waits_for_no_slot(world: World) -> None:
    async with room(world.config, slots=1) as here:
        here.gate.clear()
        for _ in range(3):
            await here.scheduler.run_now(NOW)
        assert len({(await here.next()).id for _ in range(3)}) == 3
        here.gate.set()


async def test_what_runs_at_the_end_of_a_process_is_free_at_once(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        (await here.next()).checkpoint({"text": "so far"})
        soon = datetime.now(UTC) + timedelta(seconds=1.5)
        waiting = (await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=soon))).id
        await until(world, waiting, lambda job: job.state is State.RUNNING)
    left = await world.get(added.id)
    assert (left.state, left.draft, left.failures) == (State.ACTIVE, {"text": "so far"}, 0)
    assert (await world.get(waiting)).attempts == 0
    assert len(await world.claim("b")) == 2


async def test_on_windows_jobs_run_without_connections_that_its_loop_cannot_await(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the event loop of Windows cannot wait for this")

    monkeypatch.setattr(runner, "IS_WINDOWS", True)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", refuse)
    job_id = await world.add(-1)
    async with room(world.config) as here:
        assert (await here.next()).id == job_id
        await until(world, job_id, is_settled)
