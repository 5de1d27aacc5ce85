import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from connectors.database import InvalidValue
from connectors.local_scheduler import (
    Config,
    Job,
    Limit,
    LimitReached,
    LocalScheduler,
    NewJob,
    Pace,
    State,
)
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import (
    NOW,
    eventually,
    room,
)


async def test_of_many_that_come_at_once_no_more_are_taken_than_the_limit(world: World) -> None:
    far = datetime.now(UTC) + timedelta(days=9)
    new = NewJob(kind="reminder", owner_id=1, next_run=far)
    processes = [LocalScheduler(world.config) for _ in range(3)]
    await asyncio.gather(*(process.owned_by(1) for process in processes))  # all are connected
    adding = [p.add(new, at_most=Limit(5, 1)) for p in processes for _ in range(4)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    refused = [r for r in results if isinstance(r, LimitReached)]
    assert len([r for r in results if isinstance(r, Job)]) == 5
    assert len(refused) == 7
    assert not any(r.is_recurring for r in refused)
    assert len(await processes[0].owned_by(1)) == 5
    for other in (replace(new, owner_id=2), replace(new, kind="digest")):
        await processes[0].add(other, at_most=Limit(5, 1))
    await asyncio.gather(*(process.aclose() for process in processes))


async def test_those_with_a_rule_have_a_limit_of_their_own(world: World) -> None:
    scheduler = LocalScheduler(world.config)
    far = datetime.now(UTC) + timedelta(days=9)
    once = NewJob(kind="reminder", owner_id=1, next_run=far)
    daily, limit = replace(once, rule="every day"), Limit(5, 1)
    kept = await scheduler.add(daily, at_most=limit)
    other = await scheduler.add(once, at_most=limit)
    with pytest.raises(LimitReached, match="recurring"):
        await scheduler.add(daily, at_most=limit)
    with pytest.raises(LimitReached, match="recurring"):
        await scheduler.change(other.id, owner_id=1, rule="every day", at_most=limit)
    assert (await world.get(other.id)).rule is None
    assert await scheduler.change(kept.id, owner_id=1, rule="every week", at_most=limit)
    await scheduler.cancel(kept.id, owner_id=1)
    await scheduler.add(daily, at_most=limit)
    await scheduler.aclose()


async def test_only_ones_own_open_jobs_are_listed_the_next_one_first(world: World) -> None:
    second, first = await world.add(200), await world.add(100, kind="digest")
    await world.add(100, owner_id=2)
    scheduler = LocalScheduler(world.config)
    assert [job.id for job in await scheduler.owned_by(1)] == [first, second]
    assert [job.id for job in await scheduler.owned_by(1, kind="digest")] == [first]
    await scheduler.aclose()


async def test_a_guilds_open_jobs_are_listed_whoever_owns_them(world: World) -> None:
    digest = {"kind": "digest", "guild_id": 7}
    second, first = await world.add(200, **digest), await world.add(100, owner_id=2, **digest)
    await world.add(50, guild_id=7)
    await world.add(50, kind="digest", guild_id=8)
    over = await world.add(50, **digest)
    scheduler = LocalScheduler(world.config)
    assert await scheduler.cancel(over, owner_id=1)
    assert [job.id for job in await scheduler.of_guild(7, kind="digest")] == [first, second]
    await scheduler.aclose()


async def test_what_waits_can_come_at_once_and_goes_on_by_its_rule(config: Config) -> None:
    far = datetime.now(UTC) + timedelta(days=9)
    async with room(config, next_run=lambda *_: far) as here:
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        assert await here.scheduler.run_early(added.id, owner_id=2, payload={}) is None
        assert await here.scheduler.run_early(added.id, owner_id=1, payload={"x": 1}) is not None
        job = await here.next()
        assert job.payload == {"x": 1}
        assert job.next_run < far
        await eventually(lambda: _is_due(here.scheduler, added.id, far))


async def _is_due(scheduler: LocalScheduler, job_id: str, when: datetime) -> bool:
    job = await scheduler.get(job_id)
    return job is not None and job.next_run == when


async def test_what_is_under_way_or_waits_for_a_person_cannot_be_run_early(config: Config) -> None:
    async with room(config) as here:
        here.gate.clear()
        running = await here.scheduler.add(NOW)
        await here.next()
        assert await here.scheduler.run_early(running.id, owner_id=1, payload={}) is None
        here.gate.set()
        far = datetime.now(UTC) + timedelta(days=9)
        paused = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        await here.scheduler.pause(paused.id, owner_id=1)
        assert await here.scheduler.run_early(paused.id, owner_id=1, payload={}) is None


async def test_what_has_a_draft_cannot_be_run_early(world: World) -> None:
    begun = await world.add(9000, draft={"text": "so far"})
    scheduler = LocalScheduler(world.config)
    assert await scheduler.run_early(begun, owner_id=1, payload={}) is None
    await scheduler.aclose()


async def test_what_was_tried_and_failed_cannot_be_run_early(config: Config) -> None:
    slow = Pace(poll_s=0.05, first_retry_s=600.0)
    async with room(config, pace=slow) as here:
        here.outcomes.append(RuntimeError("no"))
        added = await here.scheduler.add(NOW)
        await here.next()

        async def waits() -> bool:
            job = await here.scheduler.get(added.id)
            return job is not None and job.state is State.ACTIVE

        await eventually(waits)
        assert await here.scheduler.run_early(added.id, owner_id=1, payload={}) is None


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 5_000])
async def test_what_cannot_be_stored_is_refused_and_what_cannot_exist_is_not_found(
    world: World, odd: str
) -> None:
    async with room(world.config) as here:
        scheduler = here.scheduler
        for field in ("kind", "id", "zone", "wall_time"):
            with pytest.raises(InvalidValue):
                await scheduler.add(replace(NewJob(kind="reminder", owner_id=1), **{field: odd}))
        job_id = await world.add(60)
        with pytest.raises(InvalidValue):
            await scheduler.change(job_id, owner_id=1, zone=odd)
        assert await scheduler.get(odd) is None
        assert not await scheduler.pause(odd, owner_id=1)
        assert await scheduler.end(job_id, owner_id=1, reason=odd)
    assert (await world.get(job_id)).state is State.SETTLED


async def test_a_settled_job_runs_once_more_unless_its_payload_has_changed(world: World) -> None:
    scheduler = LocalScheduler(world.config)
    job = await scheduler.add(NewJob(kind="answer", owner_id=1, payload={"a": 1}))
    await scheduler.cancel(job.id, owner_id=1)
    changes = {"owner_id": 1, "payload": {"a": 2}, "next_run": datetime.now(UTC)}
    assert await scheduler.change(job.id, **changes) is None  # type: ignore[arg-type]
    assert await scheduler.change(job.id, was={"a": 0}, **changes) is None  # type: ignore[arg-type]
    again = await scheduler.change(job.id, was=job.payload, **changes)  # type: ignore[arg-type]
    assert again is not None
    assert (again.state, again.payload, again.reason) == (State.ACTIVE, {"a": 2}, None)
    await scheduler.aclose()


async def test_a_job_that_is_erased_is_only_an_id(world: World) -> None:
    scheduler = LocalScheduler(world.config)
    job = await scheduler.add(NewJob(kind="answer", owner_id=1, payload={"a": 1}, draft={"b": 2}))
    for owner_id, done in ((2, False), (1, True), (1, True)):
        assert await scheduler.end(job.id, owner_id=owner_id, reason="x", erases=True) is done
    left = await world.get(job.id)
    assert (left.state, left.payload, left.draft) == (State.SETTLED, {}, {})
    await scheduler.aclose()
