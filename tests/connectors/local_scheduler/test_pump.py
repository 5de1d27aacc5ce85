import asyncio
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text

from connectors.database import DatabaseUnavailable, NewerDatabase
from connectors.database.versions import HEAD
from connectors.local_scheduler import (
    ClaimLost,
    Config,
    LocalScheduler,
    Running,
    Settled,
    State,
)
from connectors.local_scheduler.pump import Pump
from tests import virtual_time
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import (
    NOW,
    PACE,
    Away,
    Slow,
    eventually,
    is_settled,
    leave_lock,
    room,
    said,
    until,
)
from tests.postgres import NewPostgres
from tests.statements import looked_at


def test_claiming_goes_on_after_an_outage_of_hours(tmp_path: Path) -> None:
    async def outage() -> tuple[list[bool], int]:
        database: Any = Away(lasts=1_000_000)
        config = Config(tmp_path)
        leave_lock(config)  # so that dead processes are asked for, too
        scheduler = LocalScheduler(config, database=database)
        loops = await scheduler.start()
        await asyncio.sleep(2 * 3600)
        ended = [loop.done() for loop in loops]
        await scheduler.aclose()
        return ended, 1_000_000 - database.left

    ended, asked = virtual_time.run(outage())
    assert not any(ended)
    assert asked > 2 * 1024


async def test_no_more_run_at_once_than_there_are_slots(world: World) -> None:
    for _ in range(6):
        await world.add(-1)
    async with room(world.config, slots=2) as here:
        here.gate.clear()
        await here.next()
        await here.next()
        owned = await here.scheduler.owned_by(1)
        assert here.began.empty()
        assert {job.attempts for job in owned} <= {0, 1}
        here.gate.set()
        for _ in range(4):
            await here.next()


async def test_what_was_given_back_for_want_of_room_is_taken_up_when_there_is_room(
    world: World,
) -> None:
    # Between two looks by itself a process must hear that there is something to claim.
    seldom = replace(PACE, poll_s=30.0, renew_s=0.05)
    jobs = [await world.add() for _ in range(3)]
    async with room(world.config, pace=seldom, slots=2) as made:
        made.gate.clear()
        begun = [(await made.next()).id, (await made.next()).id]
        (waiting,) = set(jobs) - set(begun)
        await until(world, waiting, lambda job: job.state is State.ACTIVE)
        made.gate.set()
        assert (await made.next()).id == waiting


async def test_what_is_given_back_while_a_slot_comes_free_is_claimed_again_at_once(
    world: World,
) -> None:
    seldom = replace(PACE, poll_s=300.0)
    for _ in range(2):
        await world.add(-1)
    async with room(world.config, pace=seldom, slots=1) as made:
        made.gate.clear()
        first = await made.next()
        pump = made.scheduler._runner._pump
        await eventually(lambda: holds(pump, 1))
        slow: Any = Slow(pump._database)
        pump._database = slow
        giving_back = asyncio.create_task(pump._give_back(older_than_s=0.0))
        await slow.asked.wait()
        made.gate.set()
        await until(world, first.id, is_settled)
        slow.goes_on.set()
        await giving_back
        assert (await made.next()).id != first.id


async def holds(pump: Pump, count: int) -> bool:
    return len(pump._store.held()) == count


async def test_more_is_claimed_once_a_quarter_of_the_slots_was_free(world: World) -> None:
    seldom, ends = replace(PACE, poll_s=300.0), asyncio.Semaphore(0)

    async def effect(_job: Running) -> Settled:
        await ends.acquire()
        return Settled()

    jobs = [await world.add(-1) for _ in range(18)]
    scheduler = LocalScheduler(world.config, pace=seldom)
    scheduler.handler("reminder", effect, slots=8)
    await scheduler.start()

    async def are_claimed(count: int) -> bool:
        return sum([(await world.get(job)).attempts for job in jobs]) == count

    try:
        await eventually(lambda: are_claimed(16))
        ends.release()
        ends.release()
        await eventually(lambda: are_claimed(18))
    finally:
        for _ in jobs:
            ends.release()
        await scheduler.aclose(grace_s=5.0)


async def test_one_statement_tells_that_nothing_is_due_of_any_kind(world: World) -> None:
    await world.add(3600)
    scheduler, kinds = LocalScheduler(world.config), ["reminder", *map(str, range(11))]
    for kind in kinds:
        scheduler.handler(kind, lambda _job: pytest.fail("it ran"))
    run: list[str] = []

    rooms, besides = dict.fromkeys(kinds, 50), dict.fromkeys(kinds, ())
    with looked_at(lambda _connection, statement, _values: run.append(statement)):
        asked = partial(scheduler._runner._pump._claim_kinds, rooms=rooms, besides=besides)
        claimed, next_in = await world.run(asked)
    assert len(run) == 1
    assert not claimed
    assert next_in is not None
    assert next_in.total_seconds() == pytest.approx(3598, abs=60)


async def test_drafts_are_kept_while_a_job_runs(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        await job.save_draft({"text": "at once"})
        assert (await world.get(added.id)).draft == {"text": "at once"}
        job.checkpoint({"text": "soon"})
        await until(world, added.id, lambda kept: kept.draft == {"text": "soon"})
        here.gate.set()


async def test_a_draft_of_a_lost_claim_is_refused(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        await world.sql("UPDATE jobs SET lease_by = 'another', attempts = 2")
        with pytest.raises(ClaimLost):
            await job.save_draft({"text": "mine"})
        assert (await world.get(added.id)).draft == {}
        here.gate.set()


@pytest.mark.parametrize("column", ["payload", "draft"])
async def test_a_row_that_is_no_json_is_parked(world: World, column: str) -> None:
    job_id = await world.add(-1)
    await world.sql(f"UPDATE jobs SET {column} = 'nonsense'")  # noqa: S608  (a column of ours)
    async with room(world.config) as here:
        job = await until(world, job_id, lambda job: job.state is State.PARKED)
        assert here.began.empty()
    assert not job.is_readable


async def test_a_job_that_ends_every_process_is_given_to_no_other(world: World) -> None:
    job_id = await world.add(-1)
    await world.sql("UPDATE jobs SET crashes = 101")
    async with room(world.config):
        await until(world, job_id, lambda job: job.state is State.PARKED)


async def test_a_database_that_is_not_there_is_said_in_one_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    scheduler = LocalScheduler(Config(tmp_path / "data"), pace=PACE)
    await scheduler.start()
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        await scheduler.owned_by(1)
    await eventually(lambda: said("; retrying", caplog))
    (tmp_path / "data").unlink()
    await eventually(lambda: said("the database is available again", caplog))
    await scheduler.aclose()
    assert caplog.text.count("cannot be used") == 1


@pytest.fixture
def stoppable(new_postgres: NewPostgres) -> Iterator[Any]:
    """Give a server of this test's own."""
    with new_postgres() as server:
        yield server


async def test_a_database_that_stops_under_load_loses_nothing(
    stoppable: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    effects: list[str] = []
    reached = asyncio.Event()

    async def effect(job: Running) -> Settled:
        await job.ensure_claim()
        effects.append(job.nonce())
        if len(effects) == 40:
            reached.set()
        return Settled()

    scheduler = LocalScheduler(Config(tmp_path, stoppable.get_uri()), pace=PACE)
    scheduler.handler("reminder", effect, slots=5)
    await asyncio.gather(*(scheduler.add(NOW) for _ in range(200)))
    await scheduler.start()
    async with asyncio.timeout(30):
        await reached.wait()
    await asyncio.to_thread(stoppable._stop)
    await eventually(lambda: said("does not answer", caplog))
    await asyncio.to_thread(stoppable.ensure_postgres_running)
    await eventually(lambda: has_nothing_left(scheduler))
    await scheduler.aclose()
    assert len(set(effects)) == 200
    assert len(effects) <= 205  # the nonce swallows what was under way


async def has_nothing_left(scheduler: LocalScheduler) -> bool:
    try:
        return not await scheduler.owned_by(1)
    except DatabaseUnavailable:
        return False


async def test_a_database_found_to_be_newer_ends_the_claiming(world: World) -> None:
    scheduler = LocalScheduler(world.config)
    scheduler.handler("reminder", lambda _job: pytest.fail("it ran"))
    version = "UPDATE jobs_version SET version_num = "
    await world.sql(f"{version}'0999'")  # by the time it answers
    try:
        claiming, *_ = await scheduler.start()
        with pytest.raises(NewerDatabase):
            await claiming
    finally:
        await world.sql(f"{version}'{HEAD}'")
        await scheduler.aclose()


async def test_one_server_cannot_take_every_slot(world: World) -> None:
    for _ in range(20):
        await world.add(-60, guild_id=7)
    other = await world.add(-1, guild_id=8)
    async with room(world.config, slots=3, share=2) as here:
        here.gate.clear()
        begun = [await here.next() for _ in range(3)]
        assert sorted(job.guild_id or 0 for job in begun) == [7, 7, 8]
        assert other in {job.id for job in begun}
        assert here.began.empty()
        here.gate.set()
        for _ in range(18):
            await here.next()


async def test_what_others_keep_in_the_database_is_kept_up_too(tmp_path: Path) -> None:
    ran: list[int] = []

    def upkeep(connection: Connection) -> None:
        ran.append(connection.execute(text("SELECT 1")).scalar_one())

    scheduler = LocalScheduler(Config(tmp_path), pace=PACE, upkeep=[upkeep])
    await scheduler.start()

    async def has_run() -> bool:
        return ran == [1]

    await eventually(has_run)
    await scheduler.aclose()
