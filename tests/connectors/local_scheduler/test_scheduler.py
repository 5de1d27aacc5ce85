import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from connectors.database.database import Database
from connectors.database.schema import jobs
from connectors.local_scheduler import (
    ClaimLost,
    Config,
    KeptElsewhere,
    Limit,
    LocalScheduler,
    NewJob,
    Running,
    Settled,
    State,
    id_of,
)
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import NOW, is_settled, room, until


async def no_run(_: Running) -> Settled:
    raise AssertionError


async def test_what_begins_at_once_is_in_the_ledger_before(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        kept = await world.get(added.id)
        assert (kept.state, kept.attempts, kept.payload) == (State.RUNNING, 1, {"text": "tea"})
        here.gate.set()
        here.outcomes.append(Settled(message_id="77"))
        done = await until(world, added.id, is_settled)
    assert done.draft == {"message_id": "77"}


async def test_a_job_is_held_once_also_by_the_process_that_has_it(world: World) -> None:
    async with room(world.config) as here:
        await here.scheduler.hold(replace(NOW, id="0123456789abcdef"))
        with pytest.raises(KeptElsewhere):
            await here.scheduler.hold(replace(NOW, id="0123456789abcdef"))


async def test_only_the_process_that_holds_a_job_drops_it(world: World) -> None:
    async with room(world.config) as here, room(world.config) as there:
        held = await here.scheduler.hold(NOW)
        await there.scheduler.drop(held.id, owner_id=1)
        assert (await world.get(held.id)).state is State.RUNNING
        await here.scheduler.drop(held.id, owner_id=1)
        assert (await world.get(held.id)).state is State.SETTLED


async def test_what_was_stored_here_is_dropped_whoever_has_claimed_it_since(world: World) -> None:
    async with room(world.config) as here, room(world.config) as there:
        held = await here.scheduler.hold(NOW)
        for process in (here, there):  # though held here, it was stored by another
            await process.scheduler.drop(held.id, owner_id=1, payload={"text": "coffee"})
        assert (await world.get(held.id)).state is State.RUNNING
        await there.scheduler.drop(held.id, owner_id=1, payload=NOW.payload)
        assert (await world.get(held.id)).state is State.SETTLED


async def test_a_job_that_is_asked_for_again_is_the_one_that_is_there(world: World) -> None:
    far, limit = datetime.now(UTC) + timedelta(days=9), Limit(jobs=1, recurring=1)
    asked = NewJob(kind="reminder", owner_id=1, id=id_of(7, "snooze"), next_run=far)
    async with room(world.config) as here, room(world.config) as there:
        first = await here.scheduler.add(replace(asked, payload={"text": "tea"}), at_most=limit)
        again = [await p.scheduler.add(asked, at_most=limit) for p in (here, there)]
        assert again == [first, first]
        await there.scheduler.cancel(first.id, owner_id=1)
        over = await here.scheduler.add(asked, at_most=limit)
    assert (over.state, over.payload) == (State.SETTLED, {"text": "tea"})


async def test_a_paused_job_does_not_begin_and_a_running_one_may_end(world: World) -> None:
    tomorrow = datetime(2040, 1, 1, tzinfo=UTC)
    async with room(world.config, next_run=lambda _job, _now: tomorrow) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        await here.next()
        assert await here.scheduler.pause(added.id, owner_id=1)
        here.gate.set()
        job = await until(world, added.id, lambda job: job.next_run == tomorrow)
        assert job.state is State.PAUSED
        resumed = await here.scheduler.resume(added.id, owner_id=1)
    assert resumed is not None
    assert (resumed.state, resumed.next_run) == (State.ACTIVE, tomorrow)


async def test_a_changed_job_runs_at_its_new_time_with_what_is_new(world: World) -> None:
    async with room(world.config) as here:
        far = datetime.now(UTC) + timedelta(days=9)
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        soon, change = datetime.now(UTC), here.scheduler.change
        assert await change(added.id, owner_id=2, next_run=soon) is None
        assert await change(added.id, owner_id=1, next_run=soon, payload={"x": 1}, rule="daily")
        job = await here.next()
    assert (job.next_run, job.payload, job.rule) == (soon, {"x": 1}, "daily")


async def test_what_was_done_otherwise_ends_as_that(world: World) -> None:
    async with room(world.config) as here:
        job_id = await world.add(60)
        assert not await here.scheduler.end(job_id, owner_id=2, reason="told in a list")
        assert await here.scheduler.end(job_id, owner_id=1, reason="told in a list")
        assert not await here.scheduler.end(job_id, owner_id=1, reason="told in a list")
    ended = await world.get(job_id)
    assert (ended.state, ended.reason) == (State.SETTLED, "told in a list")


async def test_all_of_a_person_is_forgotten_also_what_runs(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        await here.scheduler.run_now(NOW)
        running = await here.next()
        done = await world.add(60)
        await here.scheduler.cancel(done, owner_id=1)
        kept = await world.add(60, owner_id=2)
        assert await here.scheduler.forget(1) == 2
        assert await here.scheduler.forget(1) == 0
        with pytest.raises(ClaimLost):
            await running.ensure_claim()
        assert await here.scheduler.get(done) is None
        assert await here.scheduler.get(kept) is not None
        here.gate.set()


async def test_a_payload_that_is_no_json_is_refused_at_once(config: Config) -> None:
    scheduler = LocalScheduler(config)
    with pytest.raises(TypeError):
        await scheduler.add(
            NewJob(kind="reminder", owner_id=1, payload={"when": datetime.now(UTC)})
        )
    with pytest.raises(ValueError, match="no handler"):
        await scheduler.run_now(NewJob(kind="unheard of", owner_id=1))
    await scheduler.aclose()


@pytest.mark.parametrize("is_shared", [True, False])
async def test_a_closed_scheduler_says_so_at_once(config: Config, is_shared: bool) -> None:
    database = Database(config)
    scheduler = LocalScheduler(config, database=database if is_shared else None)
    scheduler.handler("reminder", no_run)
    await scheduler.aclose()
    async with asyncio.timeout(30):
        for asking in (
            scheduler.add(NOW),
            scheduler.run_now(NOW),
            scheduler.get("1"),
            scheduler.owned_by(1),
            scheduler.cancel("1", owner_id=1),
            scheduler.forget(1),
            scheduler.pause("1", owner_id=1),
            scheduler.start(),
        ):
            with pytest.raises(RuntimeError, match="the scheduler was called after shutdown"):
                await asking
    await database.aclose()


async def test_what_ends_beside_the_jobs_may_call_until_it_has_ended(config: Config) -> None:
    scheduler, is_stopping = LocalScheduler(config), asyncio.Event()
    added = await scheduler.add(NewJob(kind="reminder", owner_id=1))

    async def answers() -> None:
        for _ in range(1000):  # until the runner has long stopped
            await asyncio.sleep(0)
        await scheduler.cancel(added.id, owner_id=1)
        is_stopping.set()

    await scheduler.aclose(beside=answers())
    assert is_stopping.is_set()


async def test_a_shared_database_is_the_callers_to_close(config: Config) -> None:
    database = Database(config)
    scheduler = LocalScheduler(config, database=database)
    added = await scheduler.add(NOW)
    await scheduler.aclose()
    kept = select(jobs.c.id)
    assert await database.run(lambda c: c.execute(kept).scalar()) == added.id
    await database.aclose()


async def test_a_database_of_its_own_is_closed_with_the_scheduler(config: Config) -> None:
    scheduler = LocalScheduler(config)
    await scheduler.add(NOW)
    await scheduler.aclose()
    with pytest.raises(RuntimeError, match="after shutdown"):
        await scheduler.owned_by(1)


async def test_what_is_forgotten_leaves_the_file(tmp_path: Path) -> None:
    scheduler, secret = LocalScheduler(Config(tmp_path)), "what-nobody-may-read-again"
    asked = NewJob(kind="answer", owner_id=1, payload={"text": secret}, draft={"x": secret * 999})
    await scheduler.add(asked)
    assert secret.encode() in stored_in(tmp_path)
    assert await scheduler.forget(1) == 1
    assert secret.encode() not in stored_in(tmp_path)
    await scheduler.aclose()


def stored_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("abi.db*"))


async def test_a_job_decides_by_what_its_owner_has_and_keeps_that(world: World) -> None:
    far = datetime.now(UTC) + timedelta(days=9)
    async with room(world.config) as here:
        here.gate.clear()
        other = await here.scheduler.add(replace(NOW, next_run=far))
        await here.scheduler.add(replace(NOW, next_run=far, owner_id=2))
        await here.scheduler.run_now(NOW)
        running = await here.next()
        draft = await here.scheduler.decide(
            running, lambda jobs: {"with": [job.id for job in jobs if job.id != running.id]}
        )
        assert draft == (await world.get(running.id)).draft == {"with": [other.id]}
        await here.scheduler.end(running.id, owner_id=1, reason="over")
        with pytest.raises(ClaimLost):
            await here.scheduler.decide(running, lambda _: {})
