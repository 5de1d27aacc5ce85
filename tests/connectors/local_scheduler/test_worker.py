import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from connectors import ApiRequestFailed, RateLimitExceeded
from connectors.database import DatabaseUnavailable
from connectors.database.database import Database
from connectors.local_scheduler import (
    ClaimLost,
    Config,
    Job,
    LocalScheduler,
    NewJob,
    Parked,
    Retry,
    Running,
    Settled,
    State,
    UnreadablePayload,
)
from connectors.local_scheduler.kinds import Kind
from connectors.local_scheduler.running import Claim, clocks
from connectors.local_scheduler.worker import Worker
from connectors.recorder import Event
from tests import virtual_time
from tests.connectors.local_scheduler.conftest import World, fence
from tests.connectors.local_scheduler.rooms import (
    NOW,
    PACE,
    Away,
    is_settled,
    room,
    until,
)
from tests.recorded import Recorded

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "error", [KeyError("of ours"), ApiRequestFailed("discord", 503, reason="server")]
)
async def test_a_failure_is_tried_again_with_the_same_nonce(world: World, error: Exception) -> None:
    async with room(world.config) as here:
        here.outcomes.append(error)
        added = await here.scheduler.run_now(NOW)
        first, second = await here.next(), await here.next()
        await until(world, added.id, is_settled)
    assert (second.failures, second.is_takeover) == (1, True)
    assert first.nonce() == second.nonce()


async def test_a_job_that_was_held_too_long_is_left_to_the_newer_claim_on_it(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        held = await here.scheduler.hold(NOW)
        await world.passes(60.0)
        here.scheduler._runner.wake()
        newer = await here.next()
        here.scheduler.begin(held)
        await asyncio.sleep(0)
        newer.checkpoint({"so far": "tea"})
        kept = await until(world, held.id, lambda job: bool(job.draft))
        assert (kept.attempts, kept.draft) == (2, {"so far": "tea"})
        here.gate.set()


async def test_a_failure_waits_as_long_as_the_server_asks(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(RateLimitExceeded("discord", 429, retry_after=600.0))
        added = await here.scheduler.run_now(NOW)
        waits = await until(world, added.id, lambda job: job.failures == 1)
        assert waits.state is State.ACTIVE
        _, found = await world.run(lambda c: world.of("b").look(c, {"reminder": 1}))
    assert 590 < found["reminder"].total_seconds() <= 600


async def test_what_fails_for_a_week_is_parked_and_said_to_be(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(ApiRequestFailed("discord", 503, reason="server"))
        added = await here.scheduler.add(replace(NOW, next_run=datetime.now(UTC) - 8 * DAY))
        async with asyncio.timeout(15):
            job, reason = await here.parked.get()
        assert job.id == added.id
        assert "503" in reason
        await until(world, added.id, lambda job: job.state is State.PARKED)


async def test_what_may_pass_never_parks_a_job_and_is_no_bug_of_it(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes += [ApiRequestFailed("discord", 503, reason="server") for _ in range(6)]
        here.outcomes += [KeyError("of ours"), Retry(0.0, "asleep")]
        added = await here.scheduler.run_now(NOW)
        ended = (State.SETTLED, State.PARKED)
        done = await until(world, added.id, lambda job: job.state in ended)
    assert done.state is State.SETTLED


async def test_a_bug_is_tried_a_few_times_only(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes += [KeyError("of ours") for _ in range(6)]
        added = await here.scheduler.run_now(NOW)
        parked = await until(world, added.id, lambda job: job.state is State.PARKED)
    assert (parked.failures, parked.reason) == (4, "KeyError")


async def test_a_wait_that_no_calendar_holds_is_shortened(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(RateLimitExceeded("discord", 429, retry_after=1e18))
        added = await here.scheduler.run_now(NOW)
        await until(world, added.id, lambda job: job.failures == 1)
        _, found = await world.run(lambda c: world.of("b").look(c, {"reminder": 1}))
    assert found["reminder"] <= DAY


@pytest.mark.parametrize("is_held", [True, False])
async def test_the_notice_of_a_parking_is_written_with_it_or_not_at_all(
    world: World, is_held: bool
) -> None:
    def notice(job: Job, reason: str) -> NewJob:
        return NewJob(kind="notice", id=f"{job.id}-parked", owner_id=1, payload={"why": reason})

    async with room(world.config, notice=notice) as here:
        here.gate.clear()
        here.outcomes.append(Parked("the channel is gone"))
        added = await here.scheduler.run_now(NOW)
        await here.next()
        if not is_held:
            await world.sql("UPDATE jobs SET lease_by = 'another', attempts = 2")
        here.gate.set()
    found = await world.run(lambda c: world.owners.get(c, f"{added.id}-parked"))
    assert (found.payload if found else None) == (
        {"why": "the channel is gone"} if is_held else None
    )


def test_an_outcome_is_written_after_an_outage_of_hours() -> None:
    async def outage() -> tuple[bool, float]:
        database = Away(lasts=1100)
        worker: Any = Worker.__new__(Worker)
        worker._database, worker._is_closing = database, False
        held = await worker._keep_trying(None, lambda _: True)
        return held, asyncio.get_running_loop().time()

    held, waited_s = virtual_time.run(outage())
    assert held
    assert waited_s > 3600


class Hung:
    """A database that never answers."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()

    async def run(self, *_: Any, **__: Any) -> None:
        self.is_asked.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("acts", [True, False])
async def test_what_a_stop_cuts_off_is_no_failure_and_was_tried_if_it_has_acted(
    world: World, acts: bool
) -> None:
    async def run(job: Running) -> Settled:
        await job.ensure_claim()
        return Settled()

    hung: Any = Hung()
    ledger, asked_at = world.of("a"), clocks() if acts else (0.0, 0.0)  # else it is confirmed first
    kinds = {"reminder": Kind(run, None, None, 1, 9)}
    worker = Worker(
        *(ledger, hung, kinds, PACE),
        now=lambda: datetime.now(UTC),
        on_free_slot=lambda _: None,
        on_due_soon=lambda: None,
    )
    await world.add()
    (job,) = await world.claim("a")
    claim = Claim(fence("a", job), ledger, hung, asked_at=asked_at, lease_s=45.0, draft={})
    running = asyncio.create_task(worker.run(Running.of(job, claim)))
    await hung.is_asked.wait()
    await worker.aclose(0.0)
    await running
    await world.run(lambda c: ledger.release(c, worker.unwritten))
    assert (await world.get(job.id)).attempts == int(acts)


async def test_a_handler_can_park_and_a_person_resume(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(Parked("the channel is gone"))
        added = await here.scheduler.run_now(NOW)
        await until(world, added.id, lambda job: job.state is State.PARKED)
        (listed,) = await here.scheduler.owned_by(1)
        assert listed.reason == "the channel is gone"
        assert await here.scheduler.resume(added.id, owner_id=2) is None
        assert await here.scheduler.resume(added.id, owner_id=1)
        await until(world, added.id, is_settled)


async def test_a_payload_that_its_handler_cannot_read_parks_the_job_at_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with room(world.config) as here:
        here.outcomes.append(UnreadablePayload("its payload cannot be read (no text)"))
        added = await here.scheduler.run_now(NOW)
        async with asyncio.timeout(15):
            _, reason = await here.parked.get()
    assert reason == "its payload cannot be read (no text)"
    assert (await world.get(added.id)).state is State.PARKED
    assert f"reminder {added.id} is parked: its payload cannot be read (no text)" in caplog.text


async def test_a_refused_token_is_no_fault_of_the_job(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes += [ApiRequestFailed("discord", 401, reason="auth") for _ in range(9)]
        added = await here.scheduler.run_now(NOW)
        done = await until(world, added.id, is_settled)
    assert (done.failures, done.attempts) == (0, 10)


async def test_later_is_no_failure_and_no_try(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(Retry(0.0, "asleep"))
        added = await here.scheduler.run_now(NOW)
        first, second = await here.next(), await here.next()
        done = await until(world, added.id, is_settled)
    assert (done.failures, done.attempts, second.is_takeover) == (0, 1, False)
    assert second.first_claimed_at != first.first_claimed_at


async def test_what_was_let_act_has_been_tried_whatever_it_says(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        here.outcomes.append(Retry(0.0, "asleep"))
        await here.scheduler.run_now(NOW)
        first = await here.next()
        await first.ensure_claim()
        here.gate.set()
        second = await here.next()
    assert (second.is_takeover, second.first_claimed_at) == (True, first.first_claimed_at)


@pytest.mark.parametrize("has_acted", [False, True])
async def test_a_stop_before_any_effect_is_no_try(world: World, has_acted: bool) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        if has_acted:
            await job.ensure_claim()
    left = await world.get(added.id)
    assert (left.attempts, left.first_claimed_at is not None) == (int(has_acted), has_acted)


async def test_a_recurring_job_goes_on_after_its_end(world: World) -> None:
    tomorrow = datetime(2040, 1, 1, tzinfo=UTC)
    async with room(world.config, next_run=lambda _job, _now: tomorrow) as here:
        here.outcomes.append(Settled(payload={"seen": "5"}))
        added = await here.scheduler.run_now(NOW)
        again = await until(world, added.id, lambda job: job.next_run == tomorrow)
    assert (again.state, again.payload, again.attempts) == (State.ACTIVE, {"seen": "5"}, 0)


async def test_a_rule_that_breaks_parks_the_job(world: World) -> None:
    def breaks(_job: Job, _now: datetime) -> datetime:
        raise OverflowError

    async with room(world.config, next_run=breaks) as here:
        added = await here.scheduler.run_now(NOW)
        job = await until(world, added.id, lambda job: job.state is State.PARKED)
    assert job.reason is not None
    assert "OverflowError" in job.reason


async def test_a_cancelled_job_is_stopped_and_may_not_act(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        assert not await here.scheduler.cancel(added.id, owner_id=2)
        assert await here.scheduler.cancel(added.id, owner_id=1)
        assert not job.holds_claim()
        with pytest.raises(ClaimLost):
            await job.ensure_claim()
        assert not await here.scheduler.cancel(added.id, owner_id=1)
        assert await here.scheduler.owned_by(1) == []
        here.gate.set()
    assert (await world.get(added.id)).reason == "cancelled"


async def test_a_cancel_elsewhere_is_noticed_before_a_waiting_job_starts(world: World) -> None:
    async with room(world.config) as here:
        due = datetime.now(UTC) + timedelta(seconds=1)
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
        await until(world, added.id, lambda job: job.state is State.RUNNING)
        await world.run(lambda c: world.owners.end(c, added.id, 1, "elsewhere"))
        later = await here.scheduler.add(
            NewJob(kind="reminder", owner_id=1, next_run=due + timedelta(seconds=0.1))
        )
        assert (await here.next()).id == later.id


async def test_a_run_that_never_ends_is_ended(world: World) -> None:
    async with room(world.config, pace=replace(PACE, run_s=0.05)) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        await here.next()
        await here.next()
        here.gate.set()
        done = await until(world, added.id, is_settled)
    assert done.failures >= 1


async def _forbid_writing(database: Database) -> None:
    """Have the connection write nothing more, until it is opened again."""
    while True:
        try:
            await database.run(lambda c: c.execute(text("PRAGMA query_only=ON")))
            return
        except DatabaseUnavailable:  # what another wrote in the same transaction has failed already
            continue


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", ["locked", "read-only"])
async def test_an_outcome_waits_for_a_file_that_cannot_be_written(world: World, fault: str) -> None:
    database = Database(world.config)
    scheduler = LocalScheduler(world.config, database=database, pace=PACE)
    attempts, has_acted = [], asyncio.Event()
    with closing(sqlite3.connect(world.config.data_dir / "abi.db", isolation_level=None)) as other:

        async def run(job: Running) -> Settled:
            await job.ensure_claim()
            attempts.append(job.attempts)
            await database.run(lambda c: c.execute(text("PRAGMA busy_timeout=1")))
            if fault == "locked":
                other.execute("BEGIN IMMEDIATE")
            else:
                await _forbid_writing(database)
            has_acted.set()
            return Settled(message_id="77")

        scheduler.handler("reminder", run)
        job_id = await world.add()
        await scheduler.start()
        await has_acted.wait()
        if fault == "locked":
            with pytest.raises(DatabaseUnavailable):
                await database.run(lambda c: c.execute(text("SELECT 1")))
    done = await until(world, job_id, is_settled)
    await scheduler.aclose()
    await database.aclose()
    assert (attempts, done.draft) == ([1], {"message_id": "77"})


async def test_how_late_a_job_starts_is_recorded_once_and_not_of_what_starts_at_once(
    tmp_path: Path,
) -> None:
    recorder, done = Recorded(), asyncio.Event()
    scheduler = LocalScheduler(Config(tmp_path), recorder=recorder, pace=PACE)
    outcomes = [None, ApiRequestFailed("discord", 503, reason="server"), None]

    async def run(job: Running) -> Settled:
        error = outcomes.pop(0)
        if error is not None:
            raise error
        if not outcomes:
            done.set()
        return Settled()

    scheduler.handler("reminder", run)
    await scheduler.run_now(NOW)
    await scheduler.start()
    await scheduler.add(replace(NOW, next_run=datetime.now(UTC) - timedelta(seconds=30)))
    async with asyncio.timeout(15):
        await done.wait()
    await scheduler.aclose()
    [(event, late_s, kind)] = recorder.events
    assert (event, kind) == (Event.JOB_LATE_S, "reminder")
    assert isinstance(late_s, float)
    assert 30.0 <= late_s < 45.0
